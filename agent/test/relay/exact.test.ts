import assert from 'node:assert/strict';
import { allSame, same } from './compare.js';
import { connections } from './shapes/connections.js';
import { messages } from './shapes/messages.js';
import { cuts, exchange, get, head, ok, type Shape } from './shapes/shape.js';

describe('relay, byte for byte as with no mesh', () => {
  const shapes: Shape[] = [...messages, ...connections];

  it(`covers at least 80 shapes, each under a name of its own (${shapes.length})`, () => {
    assert.ok(shapes.length >= 80);
    assert.equal(new Set(shapes.map((shape) => shape.name)).size, shapes.length);
  });

  for (const shape of shapes) it(shape.name, () => same(shape));

  const requests: [name: string, request: string, bodyEnd: string][] = [
    ['a request without a body', get('/1', 'Accept: */*'), '\r\n\r\n'],
    ['an empty line, then a sized request', `\r\n${head('POST', '/1', 'Content-Length: 2')}ab`, 'ab'],
    [
      'a chunked request',
      `${head('PUT', '/1', 'Transfer-Encoding: chunked')}2;x\r\nab\r\n0\r\nT: v\r\n\r\n`,
      'T: v\r\n\r\n',
    ],
  ];
  for (const [name, request, bodyEnd] of requests)
    it(`${name}, cut at every byte`, () =>
      allSame(cuts(request).map((pieces) => exchange(JSON.stringify(pieces[0]), pieces, ok('x'), bodyEnd))));

  const responses: [name: string, response: string][] = [
    ['an interim and a sized response', `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok('x')}`],
    [
      'a chunked response',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\nT: v\r\n\r\n',
    ],
  ];
  for (const [name, response] of responses)
    it(`${name}, cut at every byte`, () =>
      allSame(cuts(response).map((pieces) => exchange(JSON.stringify(pieces[0]), get(), pieces))));
});
