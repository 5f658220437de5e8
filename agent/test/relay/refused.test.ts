import assert from 'node:assert/strict';
import { Peer } from './peer.js';
import { RawServer, Rig } from './rig.js';
import { head, ok } from './shapes/shape.js';

/** What Envoy 1.40 answers, its `server` and `date` aside. */
const envoy = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: text/plain\r\ndate\r\nserver\r\nconnection: close\r\n\r\n${body}`;
const bare = (status: string): string =>
  `HTTP/1.1 ${status}\r\ndate\r\nserver\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
const bad = envoy('400 Bad Request', 'Bad Request');
const unimplemented = envoy('501 Not Implemented', 'Not Implemented');
const large = envoy('431 Request Header Fields Too Large', 'Request Header Fields Too Large');
const upgradeRequired = envoy('426 Upgrade Required', 'Upgrade Required');

const line = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const withHeader = (header: string): string => line('GET /1 HTTP/1.1', 'Host: x', header);
const post = (...headers: string[]): string => line('POST /1 HTTP/1.1', 'Host: x', ...headers);

describe('relay, requests that two parsers could read differently', () => {
  let server: RawServer;
  let rig: Rig;

  before(async () => {
    server = await RawServer.listen(async (peer) => {
      await peer.until('\r\n\r\n');
      peer.send(ok('served'));
    });
    rig = await Rig.start([server.port]);
  });
  after(async () => {
    await rig.close();
    await server.close();
  });

  async function send(request: string): Promise<Peer> {
    const peer = await rig.connect();
    peer.send(request);
    return peer;
  }

  const masked = (peer: Peer): string =>
    peer.received
      .toString('latin1')
      .replace(/\r\ndate: [^\r]+ GMT\r\n/, '\r\ndate\r\n')
      .replace('\r\nserver: onehop\r\n', '\r\nserver\r\n');

  function refused(name: string, request: string, answer = bad): void {
    it(name, async () => {
      const before = server.used.length;
      const peer = await send(request);
      assert.equal(await peer.ending(), 'fin');
      peer.socket.destroy();
      assert.equal(masked(peer), answer);
      assert.equal(server.used.length, before, 'a byte reached the endpoint');
      assert.notEqual(rig.events.at(-1)?.detail, '');
    });
  }

  refused(
    'Content-Length and Transfer-Encoding',
    `${post('Content-Length: 3', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  );
  refused(
    'Transfer-Encoding and Content-Length',
    `${post('Transfer-Encoding: chunked', 'Content-Length: 3')}0\r\n\r\n`,
  );
  refused('two different Content-Lengths', `${post('Content-Length: 3', 'Content-Length: 4')}abcd`);
  refused('the same Content-Length twice', `${post('Content-Length: 3', 'content-length: 3')}abc`);
  refused('a list in Content-Length', `${post('Content-Length: 3, 3')}abc`);
  for (const value of ['-3', '+3', '0x3', '', '1 2', '3,', '99999999999999999999999', '1e1', '٣'])
    refused(`Content-Length: ${JSON.stringify(value)}`, `${post(`Content-Length: ${value}`)}abc`);
  refused('Transfer-Encoding: gzip', `${post('Transfer-Encoding: gzip')}0\r\n\r\n`, unimplemented);
  refused(
    'Transfer-Encoding: gzip, chunked',
    `${post('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
    unimplemented,
  );
  refused(
    'Transfer-Encoding: chunked, chunked',
    `${post('Transfer-Encoding: chunked, chunked')}0\r\n\r\n`,
    unimplemented,
  );
  refused(
    'Transfer-Encoding twice',
    `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    unimplemented,
  );
  refused('Transfer-Encoding: xchunked', `${post('Transfer-Encoding: xchunked')}0\r\n\r\n`, unimplemented);
  refused('Transfer-Encoding: identity', post('Transfer-Encoding: identity'), unimplemented);
  refused('Transfer-Encoding with a vertical tab', `${post('Transfer-Encoding: \x0bchunked')}0\r\n\r\n`);
  refused(
    'Transfer-Encoding in HTTP/1.0',
    `${line('POST /1 HTTP/1.0', 'Host: x', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  );

  refused('lines that end with LF alone', 'GET /1 HTTP/1.1\nHost: x\n\n');
  refused('one header line that ends with LF alone', 'GET /1 HTTP/1.1\r\nHost: x\nA: b\r\n\r\n');
  refused('an empty line of LF alone before the request', '\nGET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
  refused('CR in a value', withHeader('A: b\rc'));
  refused('CR before CRLF', 'GET /1 HTTP/1.1\r\nHost: x\r\r\n\r\n');
  refused('CR between headers', 'GET /1 HTTP/1.1\r\nHost: x\rA: b\r\n\r\n');
  refused('CR and no LF at the end of the head', 'GET /1 HTTP/1.1\r\nHost: x\r\n\rX');
  refused('a blank before the colon', withHeader('A : b'));
  refused('a tab before the colon', withHeader('A\t: b'));
  refused('a blank before the colon of Host', line('GET /1 HTTP/1.1', 'Host : x'));
  refused('a folded header', withHeader('A: b\r\n c'));
  refused('a header folded with a tab', withHeader('A: b\r\n\tc'));
  refused('a fold before the first header', line('GET /1 HTTP/1.1', ' Host: x', 'A: b'));
  refused('a header without a colon', withHeader('Abc'));
  refused('a header without a name', withHeader(': b'));
  refused('NUL in a value', withHeader('A: b\0c'));
  refused('NUL in a name', withHeader('A\0: b'));
  refused('NUL in the target', line('GET /1\0 HTTP/1.1', 'Host: x'));
  refused('a control character in a value', withHeader('A: b\x01c'));
  refused('DEL in a value', withHeader('A: b\x7fc'));
  refused('a high byte in a name', withHeader('A\xe9: b'));
  refused('a delimiter in a name', withHeader('A(b): c'));
  refused('a high byte in the target', line('GET /1\xe9 HTTP/1.1', 'Host: x'));
  refused('a delimiter in the method', line('G@T /1 HTTP/1.1', 'Host: x'));
  refused('a blank before the method', line(' GET /1 HTTP/1.1', 'Host: x'));
  refused('two blanks before the target', line('GET  /1 HTTP/1.1', 'Host: x'));
  refused('a blank in the target', line('GET /1 /2 HTTP/1.1', 'Host: x'));
  refused('a blank after the version', line('GET /1 HTTP/1.1 ', 'Host: x'));
  refused('a lower-case version', line('GET /1 http/1.1', 'Host: x'));
  refused('a version of two digits', line('GET /1 HTTP/1.10', 'Host: x'));
  refused('HTTP/1.2', line('GET /1 HTTP/1.2', 'Host: x'), upgradeRequired);
  refused('HTTP/2.0', line('GET /1 HTTP/2.0', 'Host: x'), upgradeRequired);
  refused('HTTP/0.9', 'GET /1\r\n', upgradeRequired);
  refused('a relative target', line('GET x HTTP/1.1', 'Host: x'));
  refused('* with GET', line('GET * HTTP/1.1', 'Host: x'));
  refused('a URL that is not http', line('GET foo://x/1 HTTP/1.1', 'Host: x'));
  refused('CONNECT to a path', line('CONNECT /1 HTTP/1.1', 'Host: x'));
  refused('CONNECT with a body', `${line('CONNECT x:1 HTTP/1.1', 'Host: x', 'Content-Length: 3')}abc`);
  refused('a fragment in the target', line('GET /1#x HTTP/1.1', 'Host: x'), bare('400 Bad Request'));
  refused('no Host in HTTP/1.1', line('GET /1 HTTP/1.1', 'A: b'), bare('400 Bad Request'));
  refused('two Host headers', line('GET /1 HTTP/1.1', 'Host: x', 'Host: x'));
  refused('a blank in Host', line('GET /1 HTTP/1.1', 'Host: x y'));
  refused('a slash in Host', line('GET /1 HTTP/1.1', 'Host: x/y'));
  refused('a head over 60 KiB', withHeader(`A: ${'a'.repeat(62 * 1024)}`), large);
  refused('a target over 60 KiB', line(`GET /${'a'.repeat(62 * 1024)} HTTP/1.1`, 'Host: x'), large);
  refused(
    '101 headers',
    line('GET /1 HTTP/1.1', 'Host: x', ...Array.from({ length: 100 }, () => 'a: b')),
    large,
  );
  refused('a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  refused('SSH', 'SSH-2.0-OpenSSH_9.6\r\n');
  refused('plain text', 'hello world\r\n');

  it('a request after one that is refused is not served', async () => {
    const before = server.used.length;
    const peer = await send(`${withHeader('A: b\0')}${withHeader('A: b')}`);
    await peer.ending();
    peer.socket.destroy();
    assert.equal(masked(peer), bad);
    assert.equal(server.used.length, before);
  });

  it('a good request before one that is refused is served', async () => {
    const peer = await send(`${withHeader('A: b')}${withHeader('A: b\0')}`);
    await peer.ending();
    peer.socket.destroy();
    assert.equal(masked(peer), ok('served') + bad);
  });

  const chunked: [name: string, body: string][] = [
    ['a chunk size that is no number', 'zz\r\n\r\n'],
    ['a negative chunk size', '-1\r\n\r\n'],
    ['a chunk size above 2^53', 'fffffffffffffffff\r\n\r\n'],
    ['a chunk size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['no chunk size', '\r\nabc\r\n0\r\n\r\n'],
    ['a blank before the chunk size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['no line end after a chunk', '3\r\nabcX\r\n0\r\n\r\n'],
    ['chunk lines that end with LF alone', '3\nabc\n0\n\n'],
    ['CR in a chunk extension', '3;a\rb\r\nabc\r\n0\r\n\r\n'],
    ['LF in a chunk extension', '3;a\nabc\r\n0\r\n\r\n'],
    ['CR and no LF after the last chunk', '0\r\n\rX'],
    ['CR and no LF after a chunk size', '3\rXabc\r\n'],
    ['CR and no LF after a trailer', '0\r\nx: y\rz: 1\r\n\r\n'],
    ['a trailer that is no header', '3\r\nabc\r\n0\r\nx t: 1\r\n\r\n'],
    ['a trailer with NUL', '3\r\nabc\r\n0\r\nx: \x00\r\n\r\n'],
    ['trailers over 60 KiB', `0\r\nx: ${'a'.repeat(62 * 1024)}\r\n\r\n`],
  ];
  for (const [name, body] of chunked)
    it(`${name}: 400, and the endpoint does not see a whole request`, async () => {
      const quiet = await RawServer.listen(() => {});
      const own = await Rig.start([quiet.port]);
      const peer = await own.connect();
      peer.send(head('POST', '/1', 'Transfer-Encoding: chunked') + body);
      assert.equal(await peer.ending(), 'fin');
      assert.equal(masked(peer), bad);
      for (const used of quiet.used) {
        await used.ending();
        assert.ok(!used.received.toString('latin1').endsWith('0\r\n\r\n') || body.startsWith('0\r\n'));
      }
      peer.socket.destroy();
      await own.close();
      await quiet.close();
    });
});
