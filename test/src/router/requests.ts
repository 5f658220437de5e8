/** Random requests that generated configurations route, and heads that no parser should take. */
import type { Random } from './random.js';
import { headerNames, hosts, methods, queries, segments, values } from './vocabulary.js';

export type HeaderLine = readonly [name: string, value: string];

export interface PlainRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  /** In order, without Host; a name may repeat. Values without blanks around them. */
  readonly headers: readonly HeaderLine[];
  /** As sent. */
  readonly head: Uint8Array;
}

/** A request that the kernel may carry. */
export function plainRequest(random: Random): PlainRequest {
  const path = `/${random.list(random.between(0, 3), () => random.pick(segments)).join('/')}`;
  const target = `${anyCase(random, path, 0.1)}${random.pick(['', '', '', '?', '/', ...queries])}`;
  const host = anyCase(random, random.pick(hosts), 0.1);
  const headers: HeaderLine[] = random.list(random.below(6), () => [
    anyCase(random, random.pick(headerNames), 0.3),
    random.pick(values),
  ]);
  if (random.chance(0.1))
    headers.push(['Content-Length', String(random.chance(0.1) ? random.below(140_000) : random.below(100))]);
  if (random.chance(0.1)) headers.push(['Connection', 'keep-alive']);
  const parts = { method: random.pick(methods), target, host, headers };
  return { ...parts, head: headOf(random, parts) };
}

/** A request with something that the kernel leaves to the relay. */
export function unusualRequest(random: Random): PlainRequest {
  const plain = plainRequest(random);
  const with_ = (...headers: HeaderLine[]): PlainRequest => rebuilt(random, plain, headers);
  switch (random.below(12)) {
    case 0:
      return with_(['Connection', 'close']);
    case 1:
      return with_(['Transfer-Encoding', 'chunked']);
    case 2:
      return with_(['Expect', '100-continue']);
    case 3:
      return with_(['Connection', 'Upgrade'], ['Upgrade', 'websocket']);
    case 4:
      return with_(['Content-Length', '5'], ['Content-Length', '5']);
    case 5:
      return with_(['Content-Length', random.pick(['+5', '', '0x5', '5 5', '9999999999999999999'])]);
    case 6:
      return with_(['Transfer-Encoding', 'chunked'], ['Content-Length', '5']);
    case 7:
      return with_(['Host', 'other']);
    case 8:
      return with_(['Proxy-Connection', random.pick(['close', 'keep-alive'])]);
    case 9:
      return with_(['Connection', random.pick(['x-a', 'keep-alive, x-a', ''])]);
    case 10:
      return {
        ...plain,
        head: replaced(plain.head, 'HTTP/1.1', random.pick(['HTTP/1.0', 'HTTP/1.2', 'http/1.1'])),
      };
    default:
      return rebuilt(
        random,
        { ...plain, method: random.pick(['FOO', 'CONNECT', 'get', 'G-T', 'PURGE']) },
        [],
      );
  }
}

/** A head that is rare in practice and that two parsers could read differently. */
export function oddRequest(random: Random): Uint8Array {
  const text = Buffer.from(plainRequest(random).head).toString('latin1');
  const line = (more: string): string => text.replace(/\r\n\r\n$/, `\r\n${more}\r\n\r\n`);
  const odd = random.pick([
    () => `\r\n${text}`,
    () => `\n${text}`,
    () => text.replace(' ', random.pick(['  ', '\t', ' \t'])),
    () =>
      text.replace(
        ' HTTP/1.1',
        random.pick(['', ' HTTP/2.0', ' HTTP/1.1 ', '  HTTP/1.1', ' HTTP/01.1', ' HTTP/1.10']),
      ),
    () => text.replace(' /', random.pick([' *', ' http://reviews/', ' a', ' ?', ' /a#b/'])),
    () => text.replaceAll('\r\n', '\n'),
    () => line('X-A: 1\r\n 2'),
    () => line('X-A : 1'),
    () => line(`X-A: 1${' '.repeat(random.between(10, 30))}`),
    () =>
      line(
        `Content-Length: ${random.pick(['5 ', '5\t', '05', ' 5', '-5', '5,5', '5.0', '1'.repeat(19), ''])}`,
      ),
    () => line('a:\r\n'.repeat(random.between(60, 70)) + 'b:'),
    () => line(`X-Long: ${'y'.repeat(random.between(3900, 4200))}`),
    () => line(`X-A: ${String.fromCharCode(random.below(256))}`),
    () => line(`X${String.fromCharCode(random.below(256))}A: 1`),
    () => text.replace(/^([A-Z]+)/, (method) => `${method}${String.fromCharCode(random.below(256))}`),
    () => text.replace(' /', ` /${String.fromCharCode(random.below(256))}`),
    () => text.replace(/host:[ \t]*/i, (name) => `${name}${String.fromCharCode(random.below(256))}`),
    () => text.replace(/host:[ \t]*[^\r]*/i, `Host: ${'h'.repeat(random.between(120, 135))}`),
    () => text.slice(0, random.below(text.length)),
  ]);
  return Buffer.from(odd(), 'latin1');
}

/** A whole or broken head: a plain or unusual one with some bytes changed, cut or put in between. */
export function brokenHead(random: Random): Uint8Array {
  let { head } = random.chance(0.5) ? plainRequest(random) : unusualRequest(random);
  for (let n = random.between(1, 3); n > 0; n--) head = changed(random, head);
  return head;
}

const interesting = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  '\x7f',
  '\x80',
  '\xff',
  '\r\n ',
  '\r\n\r\n',
  '#',
  '?',
  '"',
];

function changed(random: Random, head: Uint8Array): Uint8Array {
  const at = random.below(head.length + 1);
  const bytes = Buffer.from(head);
  const put = Buffer.from(random.pick(interesting), 'latin1');
  switch (random.below(5)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + put.length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 4))]);
    case 3: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = random.below(256);
      return copy;
    }
    default:
      // a line twice, or one less
      return Buffer.from(withLines(bytes.toString('latin1'), random), 'latin1');
  }
}

function withLines(text: string, random: Random): string {
  const lines = text.split('\r\n');
  const at = random.below(lines.length);
  if (random.chance(0.5)) lines.splice(at, 1);
  else lines.splice(at, 0, lines[at] ?? '');
  return lines.join('\r\n');
}

function rebuilt(random: Random, plain: PlainRequest, more: readonly HeaderLine[]): PlainRequest {
  const parts = { ...plain, headers: [...plain.headers, ...more] };
  return { ...parts, head: headOf(random, parts) };
}

function headOf(random: Random, { method, target, host, headers }: Omit<PlainRequest, 'head'>): Uint8Array {
  const blank = (): string => random.pick(['', '', '', ' ', '\t', '  ', ' \t ']);
  const line = ([name, value]: HeaderLine): string =>
    `${name}:${random.chance(0.8) ? ' ' : blank()}${value}${random.chance(0.8) ? '' : blank()}\r\n`;
  const lines = headers.map(line);
  lines.splice(random.below(lines.length + 1), 0, line([random.pick(['Host', 'host', 'HOST']), host]));
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'utf8');
}

function anyCase(random: Random, text: string, probability: number): string {
  if (!random.chance(probability)) return text;
  return Array.from(text, (c) => (random.chance(0.5) ? c.toUpperCase() : c.toLowerCase())).join('');
}

function replaced(head: Uint8Array, from: string, to: string): Uint8Array {
  return Buffer.from(Buffer.from(head).toString('latin1').replace(from, to), 'latin1');
}
