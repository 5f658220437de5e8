/** Requests, responses and the usual ways to exchange them. */
import type { Place } from '../arms.js';
import type { Expected, Shape } from '../shape.js';
import { join, lengthOf, read, send, type Bytes, type Step } from '../step.js';

export const hostHeader = 'Host: exact.example';

export function head(method: string, target: string, ...headers: readonly string[]): string {
  return lines(`${method} ${target} HTTP/1.1`, hostHeader, ...headers);
}

export const get = (target = '/a', ...headers: readonly string[]): string => head('GET', target, ...headers);

/** Lines and the empty one that ends a head. */
export function lines(...all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n\r\n`;
}

/** A request with a sized body, in one piece. */
export function post(body: Bytes, ...headers: readonly string[]): Bytes {
  return join(head('POST', '/p', `Content-Length: ${lengthOf(body)}`, ...headers), body);
}

export function okHead(length: number, ...headers: readonly string[]): string {
  return lines('HTTP/1.1 200 OK', `Content-Length: ${length}`, ...headers);
}

export function ok(body: string, ...headers: readonly string[]): string {
  return okHead(body.length, ...headers) + body;
}

export const chunkedHead = lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked');
export const postChunked = (chunks: string, ...headers: readonly string[]): string =>
  head('POST', '/p', 'Transfer-Encoding: chunked', ...headers) + chunks;

/** What a server with nothing special to say answers, with a Date that stays the same. */
export const plain = ok('hello', 'Date: Tue, 01 Apr 2025 12:00:00 GMT', 'Server: raw');

export interface Exchange {
  /** Writes of the client; a number: waits so many ms. */
  readonly request: readonly Bytes[];
  readonly response: readonly Bytes[];
}

export type Options = Pick<Shape, 'paths' | 'prompt'>;

const probe: Exchange = { request: [get('/probe')], response: [ok('probe')] };

/** Requests one after the other on one connection, each answered once it is complete. */
export function sequence(name: string, exchanges: readonly Exchange[], options: Options = {}): Shape {
  return {
    name,
    client: exchanges.flatMap(asking),
    server: exchanges.flatMap(answering),
    ...options,
  };
}

/** An exchange, then another one on the same connection: the end of the first was found right. A list: one write each. */
export function exchange(
  name: string,
  request: Bytes | readonly Bytes[],
  response: Bytes | readonly Bytes[],
  ...paths: readonly string[]
): Shape {
  const one = { request: pieces(request), response: pieces(response) };
  return sequence(name, [one, probe], paths.length === 0 ? {} : { paths });
}

/** What the kernel path must carry as a whole. */
export function carried(
  name: string,
  request: Bytes | readonly Bytes[],
  response: Bytes | readonly Bytes[] = plain,
): Shape {
  return exchange(name, request, response, 'kernel', 'kernel');
}

export function asking({ request, response }: Exchange): Step[] {
  return [send(...request), read(lengthOf(...response))];
}

export function answering({ request, response }: Exchange): Step[] {
  return [read(lengthOf(...request)), send(...response)];
}

function pieces(bytes: Bytes | readonly Bytes[]): readonly Bytes[] {
  return Array.isArray(bytes) ? (bytes as readonly Bytes[]) : [bytes as Bytes];
}

/** A small request and its answer, different for each number. */
export const simple = (i: number): Exchange => ({ request: [get(`/n/${i}`)], response: [ok(`answer ${i}`)] });
/** 0 … n - 1 */
export const counted = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

export interface Routed {
  readonly to: Place;
  readonly request: string;
  readonly response: string;
}

/** Requests one after the other on one connection, each to the server that it names. */
export function routed(name: string, exchanges: readonly Routed[], options: Options = {}): Shape {
  const all = exchanges.map(({ request, response }) => ({ request: [request], response: [response] }));
  const part = (place: Place): { steps: Step[]; gets: string } => {
    const own = exchanges.filter(({ to }) => to === place);
    return {
      steps: own.flatMap(({ request, response }) => answering({ request: [request], response: [response] })),
      gets: own.map(({ request }) => request).join(''),
    };
  };
  return { ...sequence(name, all, options), split: { near: part('near'), far: part('far') } };
}

/** Every way to cut `text` once that `at` names, as pairs. */
export function cut(text: string, at: number): [string, string] {
  return [text.slice(0, at), text.slice(at)];
}

/** Just behind the first `part` of `text`. */
export function behind(text: string, part: string): number {
  const at = text.indexOf(part);
  if (at < 0) throw new Error(`no ${JSON.stringify(part)} in ${JSON.stringify(text)}`);
  return at + part.length;
}

export function differing(shape: Shape, byDesign: Expected): Shape {
  return { ...shape, byDesign };
}

/** The same exchange two times. */
export function twice(request: string, response: string): Pick<Shape, 'client' | 'server'> {
  const one = { request: [request], response: [response] };
  return { client: [...asking(one), ...asking(one)], server: [...answering(one), ...answering(one)] };
}
