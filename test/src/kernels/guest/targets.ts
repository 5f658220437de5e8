/** Whom the checks speak to, and what every answer must look like. */
import assert from 'node:assert/strict';
import { HttpConnection, type Message } from './http.js';
import { HTTP_PORT, HTTP_VIP, SERVER_PORT } from './place.js';

/** A path of the listener, and who answers there. */
export type Target = readonly [path: string, servedBy: string];

export const SAME_NODE: Target = ['/local', 'server'];
export const OTHER_NODE: Target = ['/other', 'other-server'];

/** A connection to the HTTP listener. */
export function openClient(vip: string = HTTP_VIP[0]): Promise<HttpConnection> {
  return HttpConnection.open(vip, HTTP_PORT);
}

/** Asks a server itself, past every listener. @returns the body */
export async function askServer(address: string, path: string): Promise<string> {
  using connection = await HttpConnection.open(address, SERVER_PORT);
  return (await connection.request(path)).body.toString();
}

export function assertServed(answer: Message, server: string): void {
  assert.equal(answer.start, 'HTTP/1.1 200 OK ');
  assert.equal(answer.headers.get('x-served-by'), server);
}

export function assertBytes(actual: Buffer, expected: Buffer): void {
  assert.equal(actual.length, expected.length, 'number of bytes');
  if (actual.equals(expected)) return;
  assert.fail(`byte ${actual.findIndex((byte, i) => byte !== expected[i])} differs`);
}
