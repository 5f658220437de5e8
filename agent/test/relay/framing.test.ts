import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BodyTracker } from '../../src/relay/bodyTracker.js';
import { HeadScanner } from '../../src/relay/headScanner.js';
import { readRequestHead } from '../../src/relay/requestHead.js';
import { RequestInput } from '../../src/relay/requestInput.js';
import { ResponseReader } from '../../src/relay/responseReader.js';

/** Cuts `bytes` at the given places (any numbers). */
function pieces(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at]
    .map((from, i) => bytes.subarray(from, at[i] ?? bytes.length))
    .filter((piece) => piece.length > 0);
}

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
const value = fc.stringMatching(/^[ -~\t]{0,30}$/);
const other = (name: string): boolean =>
  !['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade'].includes(name.toLowerCase());
const header = fc.tuple(token.filter(other), value).map(([name, text]) => `${name}:${text}`);
const places = fc.array(fc.nat(), { maxLength: 12 });

const chunk = fc.tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.constantFrom('', ';x', ';a="b"', ' '));
const chunkedBody = fc
  .tuple(fc.array(chunk, { maxLength: 5 }), fc.array(header, { maxLength: 2 }))
  .map(([chunks, trailers]) => {
    const data = chunks.map(([text, extension]) => {
      const bytes = Buffer.from(text);
      return `${bytes.length.toString(16)}${extension}\r\n${bytes.toString('latin1')}\r\n`;
    });
    return `${data.join('')}0\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`;
  });

const body = fc.oneof(
  fc.constant({ header: undefined, bytes: '' }),
  fc.string({ maxLength: 60 }).map((text) => {
    const bytes = Buffer.from(text);
    return { header: `Content-Length: ${bytes.length}`, bytes: bytes.toString('latin1') };
  }),
  chunkedBody.map((bytes) => ({ header: 'Transfer-Encoding: chunked', bytes })),
);

const request = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'x'),
    token,
    fc.array(header, { maxLength: 6 }),
    body,
    fc.nat(),
  )
  .map(([method, path, headers, { header: framing, bytes }, at]) => {
    const lines = ['Host: x', ...headers];
    if (framing !== undefined) lines.splice(at % (lines.length + 1), 0, framing);
    return `${method} /${path} HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${bytes}`;
  });

const response = fc
  .tuple(fc.boolean(), fc.integer({ min: 200, max: 599 }), fc.array(header, { maxLength: 6 }), body)
  .map(([interim, status, headers, { header: framing, bytes }]) => {
    const lines = [...headers, framing ?? 'Content-Length: 0'];
    const none = status === 204 || status === 304;
    const first = interim ? 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' : '';
    return `${first}HTTP/1.1 ${status} Text\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${none ? '' : bytes}`;
  });

/** The messages found in a stream that arrives in pieces. */
function requestsIn(stream: Buffer, cut: readonly number[]): string[] {
  const input = new RequestInput();
  const tracker = new BodyTracker();
  const found: string[] = [];
  let current = '';
  let inBody = false;
  for (const piece of pieces(stream, cut)) {
    input.push(piece);
    for (;;) {
      let skip = 0;
      if (!inBody) {
        const scanned = input.scanHead();
        if (scanned === undefined) break;
        const head = readRequestHead(scanned.scanner, scanned.bytes, scanned.base);
        if ('status' in head) return [...found, `${head.status} ${head.detail}`];
        tracker.begin(head.body, head.bodyLength, true);
        skip = scanned.scanner.length;
        inBody = true;
      }
      current += input.take(skip, tracker).toString('latin1');
      if (tracker.fault !== '') return [...found, tracker.fault];
      if (!tracker.done) break;
      found.push(current);
      current = '';
      inBody = false;
    }
  }
  return current === '' && input.empty ? found : [...found, `${current}…`];
}

describe('relay, message boundaries', () => {
  it('finds every request of a stream, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 4 }), places, (requests, cut) => {
        assert.deepEqual(requestsIn(Buffer.from(requests.join(''), 'latin1'), cut), requests);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds the end of every response, however it is cut', () => {
    const plain = { isHead: false, isConnect: false, upgrade: false };
    fc.assert(
      fc.property(fc.array(response, { minLength: 1, maxLength: 4 }), places, (responses, cut) => {
        const found: string[] = [];
        let reader = new ResponseReader(plain);
        let current = '';
        for (let piece of pieces(Buffer.from(responses.join(''), 'latin1'), cut)) {
          while (piece.length > 0) {
            const n = reader.read(piece);
            current += piece.toString('latin1', 0, n);
            piece = piece.subarray(n);
            if (!reader.done) continue;
            found.push(current);
            assert.ok(reader.keepAlive);
            reader = new ResponseReader(plain);
            current = '';
          }
        }
        assert.deepEqual(found, responses);
        assert.equal(current, '');
      }),
      { numRuns: 2000 },
    );
  });

  /** Bytes near to HTTP, so that most of them get somewhere. */
  const nearly = fc
    .array(
      fc.constantFrom(
        ...[
          'GET',
          ' ',
          '/',
          'HTTP/1.1',
          'HTTP/1.0',
          '\r\n',
          '\r',
          '\n',
          ':',
          'Host',
          'x',
          '\t',
          '\0',
          '\x7f',
        ],
        ...['\xe9', 'Content-Length', '3', 'Transfer-Encoding', 'chunked', '0', ';', '\r\n\r\n'],
      ),
      { maxLength: 30 },
    )
    .map((parts) => Buffer.from(`GET / HTTP/1.1\r\nHost:x${parts.join('')}`, 'latin1'));

  it('judges a stream the same, however it is cut', () => {
    fc.assert(
      fc.property(nearly, places, (stream, cut) => {
        assert.deepEqual(requestsIn(stream, cut), requestsIn(stream, []));
      }),
      { numRuns: 5000 },
    );
  });

  it('reads a response the same, however it is cut', () => {
    const read = (stream: Buffer, cut: readonly number[]): unknown => {
      const reader = new ResponseReader({ isHead: false, isConnect: false, upgrade: false });
      let n = 0;
      for (const piece of pieces(stream, cut)) n += reader.read(piece);
      const { status, done, untilClose, keepAlive } = reader;
      return { n, status, done, untilClose, keepAlive };
    };
    const stream = nearly.map((bytes) => Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nA'), bytes]));
    fc.assert(
      fc.property(stream, places, (bytes, cut) => assert.deepEqual(read(bytes, cut), read(bytes, []))),
      { numRuns: 5000 },
    );
  });

  it('scans any bytes the same, however they are cut', () => {
    const scan = (stream: Buffer, cut: readonly number[], kind: 'request' | 'response'): unknown => {
      const scanner = new HeadScanner();
      scanner.reset(kind);
      let have = 0;
      let finished = false;
      for (const piece of pieces(stream, cut)) {
        have += piece.length;
        finished = scanner.scan(stream, 0, have);
        if (finished) break;
      }
      const { fault, detail, length, headers, targetStart, targetEnd, start, firstEnd } = scanner;
      if (!finished || fault !== '') return { finished, fault, detail };
      const spans = [...scanner.spans.subarray(0, 4 * headers)];
      return { length, headers, targetStart, targetEnd, start, firstEnd, spans, minor: scanner.minor };
    };
    for (const kind of ['request', 'response'] as const)
      fc.assert(
        fc.property(
          fc.oneof(
            nearly,
            fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
          ),
          places,
          (bytes, cut) => assert.deepEqual(scan(bytes, cut, kind), scan(bytes, [], kind)),
        ),
        { numRuns: 3000 },
      );
  });

  it('keeps to the limits exactly: 60 KiB of head, 100 headers', () => {
    const sized = (n: number): Buffer => {
      const start = 'GET / HTTP/1.1\r\nHost: x\r\nA: ';
      return Buffer.from(`${start}${'a'.repeat(n - start.length - 4)}\r\n\r\n`);
    };
    const fault = (bytes: Buffer, cut: readonly number[] = []): string[] =>
      requestsIn(bytes, cut).map((found) => (found.startsWith('GET') ? 'ok' : found.slice(0, 3)));
    assert.deepEqual(fault(sized(60 * 1024)), ['ok']);
    assert.deepEqual(fault(sized(60 * 1024 + 1)), ['431']);
    assert.deepEqual(fault(sized(60 * 1024 + 1), [100, 60 * 1024]), ['431']);
    const many = (n: number): Buffer =>
      Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(n - 1)}\r\n`);
    assert.deepEqual(fault(many(100)), ['ok']);
    assert.deepEqual(fault(many(101)), ['431']);
  });

  it('does not look twice at a head that comes byte by byte', () => {
    const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(59 * 1024)}\r\n\r\n`);
    const input = new RequestInput();
    const started = process.hrtime.bigint();
    let heads = 0;
    for (let i = 0; i < bytes.length; i++) {
      input.push(bytes.subarray(i, i + 1));
      if (input.scanHead() !== undefined) heads++;
    }
    assert.equal(heads, 1);
    assert.ok(process.hrtime.bigint() - started < 1_000_000_000n, 'quadratic');
  });
});
