import type { RequestSpec } from '../../traffic/requestSpec.js';
import { Failure } from '../failure.js';
import type { Asked } from './result.js';

/** The options of `request` as the command line gives them. */
export interface RequestOptions {
  readonly from: string;
  readonly header?: readonly string[];
  readonly data?: string;
  readonly requests: string;
  readonly connections: string;
  readonly ipv6?: boolean;
  readonly timeout: string;
}

export interface ParsedRequest {
  readonly asked: Asked;
  readonly spec: RequestSpec;
}

/** `[METHOD] URL` and options as a request. Throws Failure `usage`. */
export function parseRequest(words: readonly string[], options: RequestOptions): ParsedRequest {
  const { method, url } = methodAndUrl(words, options.data !== undefined);
  const headers = (options.header ?? []).map(header);
  const count = whole('-n', options.requests, 10_000_000);
  const connections = Math.min(whole('-c', options.connections, 10_000), count);
  return {
    asked: { method, url, from: options.from, headers },
    spec: {
      url,
      method,
      headers,
      count,
      connections,
      timeoutMs: seconds(options.timeout) * 1000,
      // Many answers are counted, not shown: their bodies need not travel.
      ...(count > 1 ? { maxBody: 0 } : {}),
      ...(options.data === undefined ? {} : { body: options.data }),
      ...(options.ipv6 === true ? { family: 6 as const } : {}),
    },
  };
}

const example = 'For example: onehop request GET http://reviews:9080/reviews/1 --from productpage-v1.';

/** `[METHOD] URL`; a request with a body is a POST. Throws Failure `usage`. */
export function methodAndUrl(words: readonly string[], hasBody: boolean): { method: string; url: string } {
  const [first, second, ...more] = words;
  if (first === undefined) throw new Failure('usage', 'The URL is missing.', example);
  if (more.length > 0)
    throw new Failure('usage', `Unexpected argument "${more[0]}".`, `Give a method and a URL. ${example}`);
  if (second === undefined) return { method: hasBody ? 'POST' : 'GET', url: httpUrl(first) };
  // RFC 9110, 9.1: a method is a token; it is case-sensitive, and all common ones are upper case.
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(first))
    throw new Failure('usage', `"${first}" is not a method.`, example);
  return { method: /^[a-z]+$/.test(first) ? first.toUpperCase() : first, url: httpUrl(second) };
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:') return text;
  const why =
    url === undefined ? 'is not a URL' : `has the scheme ${url.protocol.slice(0, -1)}; the lab speaks http`;
  throw new Failure('usage', `"${text}" ${why}.`, example);
}

/** `name: value`. Throws Failure `usage`. */
export function header(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(':', 1);
  const name = text.slice(0, colon).trim();
  if (colon > 0 && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !/[\r\n\0]/.test(text))
    return [name, text.slice(colon + 1).trim()];
  throw new Failure('usage', `"${text}" is not a header.`, "Give name and value: -H 'end-user: jason'.");
}

function whole(option: string, text: string, max: number): number {
  const number = Number(text.replaceAll('_', ''));
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new Failure(
    'usage',
    `${option} "${text}" is not a number from 1 to ${max}.`,
    `For example: ${option} 100.`,
  );
}

function seconds(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0 && number <= 3600) return number;
  throw new Failure(
    'usage',
    `--timeout "${text}" is not a number of seconds up to 3600.`,
    'For example: --timeout 5.',
  );
}
