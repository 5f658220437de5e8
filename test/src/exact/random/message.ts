/** Random HTTP messages. */
import type { Place } from '../arms.js';
import { join, lengthOf, type Bytes } from '../step.js';
import type { Rng } from './rng.js';

export interface Message {
  readonly head: string;
  readonly body: Bytes;
}

export interface RequestOptions {
  /** Names the exchange to the server. */
  readonly key: string;
  readonly to: Place;
  readonly version?: '1.0' | '1.1';
  readonly extra?: readonly string[];
  readonly method?: string;
  readonly target?: string;
  /** Default: as the method and chance will have it. */
  readonly framing?: Framing;
}

export type Framing = 'none' | 'sized' | 'chunked' | 'close';

export function requestOf(rng: Rng, options: RequestOptions): Message & { readonly method: string } {
  const method = options.method ?? rng.weighted(methods);
  const framing = options.framing ?? (bodied.has(method) ? rng.weighted(framings) : rng.weighted(rarely));
  const { head, body } = framed(rng, framing);
  const headers = [
    'Host: exact.example',
    `to: ${options.to}`,
    `X-Key: ${options.key}`,
    ...head,
    ...(options.extra ?? []),
    ...oddHeaders(rng),
  ];
  shuffle(rng, headers);
  const line = `${method} ${options.target ?? targetOf(rng)} HTTP/${options.version ?? '1.1'}`;
  return { method, head: `${[line, ...headers].join('\r\n')}\r\n\r\n`, body };
}

export interface ResponseOptions {
  /** The request was HEAD. */
  readonly toHead: boolean;
  readonly framing?: Framing;
  readonly version?: '1.0' | '1.1';
  readonly extra?: readonly string[];
  /** A status that has a body. */
  readonly plain?: boolean;
}

export function responseOf(rng: Rng, options: ResponseOptions): Message {
  const status = options.plain === true ? 200 : rng.weighted(statuses);
  const bodiless = options.toHead || status === 204 || status === 304;
  const { head, body } = framed(rng, options.framing ?? rng.weighted(responseFramings));
  const headers = [
    ...(status === 204 ? [] : head),
    ...(options.extra ?? []),
    ...(rng.chance(0.3) ? ['Date: Tue, 01 Apr 2025 12:00:00 GMT'] : []),
    ...oddHeaders(rng),
  ];
  shuffle(rng, headers);
  const line = `HTTP/${options.version ?? '1.1'} ${status} ${rng.pick(['OK', 'Not Found', '', 'Some Phrase'])}`;
  return { head: `${[line, ...headers].join('\r\n')}\r\n\r\n`, body: bodiless ? '' : body };
}

/** An interim response. */
export function interimOf(rng: Rng): string {
  const [status, phrase] = rng.pick([
    ['102', 'Processing'],
    ['103', 'Early Hints'],
    ['100', 'Continue'],
  ] as const);
  return `${[`HTTP/1.1 ${status} ${phrase}`, ...oddHeaders(rng, 2)].join('\r\n')}\r\n\r\n`;
}

/** Sizes of bodies, many of them beside a limit of somebody. */
export function sizeOf(rng: Rng): number {
  return rng.weighted<() => number>([
    [10, () => 0],
    [60, () => rng.between(1, 300)],
    [16, () => rng.between(300, 5000)],
    [5, () => 4096 + rng.between(-400, 10)],
    [3, () => 16_384 + rng.between(-100, 100)],
    [5, () => 65_536 + rng.between(-3, 3)],
    [2, () => rng.between(5000, 200_000)],
    [0.1, () => rng.between(200_000, 1_500_000)],
  ])();
}

export function bytesOf(rng: Rng, length: number): Bytes {
  return { fill: length, seed: rng.between(0, 10_000) };
}

function framed(rng: Rng, framing: Framing): { readonly head: readonly string[]; readonly body: Bytes } {
  switch (framing) {
    case 'none':
      return { head: [], body: '' };
    case 'close':
      return { head: [], body: bytesOf(rng, sizeOf(rng)) };
    case 'sized': {
      const length = sizeOf(rng);
      return {
        head: [`${cased(rng, 'Content-Length')}:${blanks(rng)}${length}`],
        body: bytesOf(rng, length),
      };
    }
    case 'chunked':
      return {
        head: [`${cased(rng, 'Transfer-Encoding')}: ${rng.pick(['chunked', 'Chunked'])}`],
        body: chunksOf(rng),
      };
  }
}

function chunksOf(rng: Rng): Bytes {
  const parts: Bytes[] = [];
  const count = rng.weighted([
    [1, 0],
    [5, 1],
    [6, rng.between(2, 6)],
    [1, rng.between(7, 60)],
  ]);
  for (let i = 0; i < count; i++) {
    const length = Math.max(1, count > 6 ? rng.between(1, 400) : sizeOf(rng));
    const size = rng.chance(0.2) ? length.toString(16).toUpperCase().padStart(6, '0') : length.toString(16);
    parts.push(`${size}${extension(rng)}\r\n`, bytesOf(rng, length), '\r\n');
  }
  const trailers = rng.chance(0.2) ? oddHeaders(rng, 3).map((line) => `${line}\r\n`) : [];
  return join(...parts, `0${extension(rng)}\r\n${trailers.join('')}\r\n`);
}

function extension(rng: Rng): string {
  return rng.chance(0.85) ? '' : rng.pick([';x', ';a=b', ';q="1;2"', ';name=value;other']);
}

function targetOf(rng: Rng): string {
  const path = Array.from({ length: rng.between(1, 4) }, () => `/${token(rng, rng.between(0, 12))}`).join('');
  const query = rng.chance(0.3) ? `?${token(rng, rng.between(0, 30))}=%20&${token(rng, 3)}` : '';
  const long = rng.chance(0.01) ? token(rng, rng.between(500, 6000)) : '';
  return path + long + query;
}

function oddHeaders(rng: Rng, most = 7): string[] {
  return Array.from({ length: rng.between(0, most) }, () => {
    const name = cased(rng, rng.pick(names));
    return `${name}:${blanks(rng)}${valueOf(rng)}${rng.chance(0.1) ? ' \t' : ''}`;
  });
}

function valueOf(rng: Rng): string {
  return rng.weighted<() => string>([
    [8, () => token(rng, rng.between(1, 30))],
    [1, () => ''],
    [1, () => `"${token(rng, 5)}, ${token(rng, 5)}"; q=0.5`],
    [1, () => `${token(rng, 3)}\t\xe9\xff\x80 ${token(rng, 3)}`],
    [0.3, () => token(rng, rng.between(500, 4500))],
    [0.05, () => token(rng, rng.between(4500, 20_000))],
  ])();
}

function token(rng: Rng, length: number): string {
  const offset = rng.between(0, letters.length - 1);
  let text = '';
  while (text.length < length) text += letters.slice(text === '' ? offset : 0);
  return text.slice(0, length);
}

function cased(rng: Rng, name: string): string {
  return rng.weighted([
    [6, name],
    [3, name.toLowerCase()],
    [1, name.toUpperCase()],
  ]);
}

function blanks(rng: Rng): string {
  return rng.weighted([
    [10, ' '],
    [2, ''],
    [1, ' \t  '],
  ]);
}

function shuffle<T>(rng: Rng, list: T[]): void {
  for (let i = list.length - 1; i > 0; i--) {
    const k = rng.between(0, i);
    const held = list[i]!;
    list[i] = list[k]!;
    list[k] = held;
  }
}

export function wholeLength({ head, body }: Message): number {
  return head.length + lengthOf(body);
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789-_.~ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const names = [
  'Accept',
  'X-Odd',
  'User-Agent',
  'Cookie',
  'X-Request-Id',
  'Cache-Control',
  'x',
  "X!#$%&'*+.^_`|~9",
];
const methods = [
  [50, 'GET'],
  [25, 'POST'],
  [8, 'PUT'],
  [4, 'DELETE'],
  [5, 'HEAD'],
  [3, 'OPTIONS'],
  [3, 'PATCH'],
  [2, 'PROPFIND'],
] as const;
const bodied = new Set(['POST', 'PUT', 'PATCH', 'PROPFIND']);
const framings = [
  [60, 'sized'],
  [25, 'chunked'],
  [15, 'none'],
] as const;
const rarely = [
  [94, 'none'],
  [4, 'sized'],
  [2, 'chunked'],
] as const;
const responseFramings = [
  [70, 'sized'],
  [30, 'chunked'],
] as const;
const statuses = [
  [75, 200],
  [5, 201],
  [5, 404],
  [5, 500],
  [5, 204],
  [5, 304],
] as const;
