/** Requests that two parsers could read differently, and what no server should see. HTTP listeners turn them away. */
import type { Shape } from '../shape.js';
import { ending, finish, lengthOf, read, rush, send, type Bytes } from '../step.js';
import { get, head, hostHeader, lines, okHead } from './http.js';
import { refusal } from './refusal.js';

const { bad, badBare, large, unimplemented, upgradeRequired } = refusal;
const withHeader = (header: string): string => lines('GET /a HTTP/1.1', hostHeader, header);
const sized = (...headers: readonly string[]): string => lines('POST /a HTTP/1.1', hostHeader, ...headers);
const served = okHead(6, 'Connection: close') + 'served';

function refused(name: string, request: Bytes, answer: string = bad, why = 'as Envoy refuses it'): Shape {
  return {
    name: `refused: ${name}`,
    client: [rush(request), ending, finish],
    server: [read(lengthOf(request)), send(served), finish],
    byDesign: { why, client: answer, clientEnd: 'fin', server: '', serverSteps: [] },
  };
}

const lengths: readonly Shape[] = [
  refused(
    'Content-Length and Transfer-Encoding',
    `${sized('Content-Length: 3', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  ),
  refused(
    'Transfer-Encoding and Content-Length',
    `${sized('Transfer-Encoding: chunked', 'Content-Length: 3')}0\r\n\r\n`,
  ),
  refused('two different Content-Lengths', `${sized('Content-Length: 3', 'Content-Length: 4')}abcd`),
  refused('the same Content-Length twice', `${sized('Content-Length: 3', 'content-length: 3')}abc`),
  refused('a list in Content-Length', `${sized('Content-Length: 3, 3')}abc`),
  ...['-3', '+3', '0x3', '', '1 2', '3,', '99999999999999999999999', '1e1', '\xd9\xa3'].map((value) =>
    refused(`Content-Length: ${JSON.stringify(value)}`, `${sized(`Content-Length: ${value}`)}abc`),
  ),
  refused('Transfer-Encoding: gzip', `${sized('Transfer-Encoding: gzip')}0\r\n\r\n`, unimplemented),
  refused(
    'Transfer-Encoding: gzip, chunked',
    `${sized('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
    unimplemented,
  ),
  refused(
    'Transfer-Encoding: chunked, chunked',
    `${sized('Transfer-Encoding: chunked, chunked')}0\r\n\r\n`,
    unimplemented,
  ),
  refused(
    'Transfer-Encoding twice',
    `${sized('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    unimplemented,
  ),
  refused('Transfer-Encoding: xchunked', `${sized('Transfer-Encoding: xchunked')}0\r\n\r\n`, unimplemented),
  refused('Transfer-Encoding: identity', sized('Transfer-Encoding: identity'), unimplemented),
  refused('Transfer-Encoding with a vertical tab', `${sized('Transfer-Encoding: \x0bchunked')}0\r\n\r\n`),
  refused(
    'Transfer-Encoding in HTTP/1.0',
    `${lines('POST /a HTTP/1.0', hostHeader, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  ),
];

const lineEnds: readonly Shape[] = [
  refused('lines that end with LF alone', 'GET /a HTTP/1.1\nHost: x\n\n'),
  refused('one header line that ends with LF alone', 'GET /a HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n'),
  refused('an empty line of LF alone before the request', '\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n'),
  refused('CR in a value', withHeader('A: b\rc')),
  refused('CR before CRLF', 'GET /a HTTP/1.1\r\nHost: x\r\r\n\r\n'),
  refused('CR between headers', 'GET /a HTTP/1.1\r\nHost: x\rA: b\r\n\r\n'),
  refused('CR and no LF at the end of the head', 'GET /a HTTP/1.1\r\nHost: x\r\n\rX'),
  refused('a folded header', withHeader('A: b\r\n c')),
  refused('a header folded with a tab', withHeader('A: b\r\n\tc')),
  refused('a fold before the first header', lines('GET /a HTTP/1.1', ' Host: x', 'A: b')),
];

const octets: readonly Shape[] = [
  refused('a blank before the colon', withHeader('A : b')),
  refused('a tab before the colon', withHeader('A\t: b')),
  refused('a blank before the colon of Host', lines('GET /a HTTP/1.1', 'Host : x')),
  refused('a header without a colon', withHeader('Abc')),
  refused('a header without a name', withHeader(': b')),
  refused('NUL in a value', withHeader('A: b\0c')),
  refused('NUL in a name', withHeader('A\0: b')),
  refused('NUL in the target', lines('GET /a\0 HTTP/1.1', hostHeader)),
  refused('a control character in a value', withHeader('A: b\x01c')),
  refused('DEL in a value', withHeader('A: b\x7fc')),
  refused('a high octet in a name', withHeader('A\xe9: b')),
  refused('a delimiter in a name', withHeader('A(b): c')),
  refused('a high octet in the target', lines('GET /a\xe9 HTTP/1.1', hostHeader)),
  refused('a delimiter in the method', lines('G@T /a HTTP/1.1', hostHeader)),
];

const requestLines: readonly Shape[] = [
  refused('a blank before the method', lines(' GET /a HTTP/1.1', hostHeader)),
  refused('two blanks before the target', lines('GET  /a HTTP/1.1', hostHeader)),
  refused('a blank in the target', lines('GET /a /b HTTP/1.1', hostHeader)),
  refused('a blank after the version', lines('GET /a HTTP/1.1 ', hostHeader)),
  refused('a lower-case version', lines('GET /a http/1.1', hostHeader)),
  refused('a version of two digits', lines('GET /a HTTP/1.10', hostHeader)),
  refused('HTTP/1.2', lines('GET /a HTTP/1.2', hostHeader), upgradeRequired),
  refused('HTTP/2.0', lines('GET /a HTTP/2.0', hostHeader), upgradeRequired),
  refused('HTTP/0.9', 'GET /a\r\n', upgradeRequired),
  refused(
    'the preface of HTTP/2',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    upgradeRequired,
    'HTTP/2 is not spoken here',
  ),
  refused('a relative target', lines('GET x HTTP/1.1', hostHeader)),
  refused('* with GET', lines('GET * HTTP/1.1', hostHeader)),
  refused('a URL that is not http', lines('GET foo://x/1 HTTP/1.1', hostHeader)),
  refused('CONNECT to a path', lines('CONNECT /a HTTP/1.1', hostHeader)),
  refused('CONNECT with a body', `${lines('CONNECT x:1 HTTP/1.1', hostHeader, 'Content-Length: 3')}abc`),
  refused('a fragment in the target', lines('GET /a#x HTTP/1.1', hostHeader), badBare),
  refused('no Host in HTTP/1.1', lines('GET /a HTTP/1.1', 'A: b'), badBare),
  refused('two Host headers', lines('GET /a HTTP/1.1', hostHeader, 'Host: y')),
  refused('a blank in Host', lines('GET /a HTTP/1.1', 'Host: x y')),
  refused('a slash in Host', lines('GET /a HTTP/1.1', 'Host: x/y')),
];

const tooLarge: readonly Shape[] = [
  refused('a head over 60 KiB', withHeader(`A: ${'a'.repeat(62 * 1024)}`), large),
  refused('a target over 60 KiB', lines(`GET /${'a'.repeat(62 * 1024)} HTTP/1.1`, hostHeader), large),
  refused(
    '101 headers',
    lines('GET /a HTTP/1.1', hostHeader, ...Array.from({ length: 100 }, () => 'a: b')),
    large,
  ),
];

const behindOthers: readonly Shape[] = [
  {
    name: 'refused: the second of two pipelined requests',
    client: [rush(get() + withHeader('A: b\0')), ending, finish],
    server: [
      read(get().length),
      send(okHead(1) + 'x'),
      read(withHeader('A: b\0').length),
      send(served),
      finish,
    ],
    byDesign: {
      why: 'the first is served, the second is refused',
      client: `${okHead(1)}x${bad}`,
      clientEnd: 'fin',
      server: get(),
      serverSteps: [read(get().length), send(okHead(1) + 'x')],
    },
  },
  {
    name: 'refused: the request after one that was served',
    client: [send(get()), read(okHead(1).length + 1), send(withHeader('A: b\0')), ending, finish],
    server: [
      read(get().length),
      send(okHead(1) + 'x'),
      read(withHeader('A: b\0').length),
      send(served),
      finish,
    ],
    byDesign: {
      why: 'the first is served, the second is refused',
      client: `${okHead(1)}x${bad}`,
      clientEnd: 'fin',
      server: get(),
      serverSteps: [read(get().length), send(okHead(1) + 'x')],
    },
  },
  refused('what follows a request that is refused', `${withHeader('A: b\0')}${get()}`),
];

/** The head is good and reaches the server; the body is not. */
const chunks: readonly Shape[] = (
  [
    ['a chunk size that is no number', 'zz\r\n\r\n'],
    ['a negative chunk size', '-1\r\n\r\n'],
    ['a chunk size above 2^53', 'fffffffffffffffff\r\n\r\n'],
    ['a chunk size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['no chunk size', '\r\nabc\r\n0\r\n\r\n'],
    ['a blank before the chunk size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['no line end after a chunk', '3\r\nabcX\r\n0\r\n\r\n'],
    ['chunk lines that end with LF alone', '3\nabc\n0\n\n'],
    ['CR in a chunk extension', '3;a\rb\r\nabc\r\n0\r\n\r\n'],
    ['a trailer that is no header', '3\r\nabc\r\n0\r\nx t: 1\r\n\r\n'],
    ['a trailer with NUL', '3\r\nabc\r\n0\r\nx: \x00\r\n\r\n'],
  ] as const
).map(([name, body]): Shape => {
  const request = head('POST', '/p', 'Transfer-Encoding: chunked') + body;
  return {
    name: `refused: ${name}`,
    client: [rush(request), ending, finish],
    server: [read(request.length), send(served), finish],
    byDesign: {
      why: 'the framing of the body is broken: 400, and the server sees its connection end',
      client: bad,
      clientEnd: 'fin',
      serverBegins: request,
      serverSteps: [],
    },
  };
});

export const refusedRequests: readonly Shape[] = [
  ...lengths,
  ...lineEnds,
  ...octets,
  ...requestLines,
  ...tooLarge,
  ...behindOthers,
  ...chunks,
];
