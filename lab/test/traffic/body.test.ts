import assert from 'node:assert/strict';
import { asText } from '../../src/traffic/body.js';

describe('a body in a line of JSON', () => {
  const bytes = (text: string, from: number, to?: number): Buffer => Buffer.from(text).subarray(from, to);
  const cases: [string, Buffer, boolean, string, 'utf8' | 'base64'][] = [
    ['text', bytes('gr\u00fc\u00df', 0), false, 'gr\u00fc\u00df', 'utf8'],
    ['nothing', Buffer.alloc(0), false, '', 'utf8'],
    ['bytes', Buffer.from([0xff, 0xfe]), false, '//4=', 'base64'],
    ['text that ends inside a character', bytes('gr\u00fc', 0, 3), false, 'Z3LD', 'base64'],
    ['text cut inside a character', bytes('gr\u00fc', 0, 3), true, 'gr', 'utf8'],
    ['text cut inside a character of four bytes', bytes('a\u{1f600}', 0, 4), true, 'a', 'utf8'],
    ['text cut between characters', bytes('gr\u00fc', 0, 4), true, 'gr\u00fc', 'utf8'],
    ['bytes that were cut', Buffer.from([0xff, 0xfe, 0xfd, 0xfc]), true, '//79/A==', 'base64'],
  ];
  for (const [what, body, cut, text, bodyEncoding] of cases) {
    it(what, () => assert.deepEqual(asText(body, cut), { body: text, bodyEncoding }));
  }
});
