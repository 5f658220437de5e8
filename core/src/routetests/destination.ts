/** Where the connection of a test's request goes, and what its head has. */
import { nearestName } from '../envoy/nearest.js';
import { parseIp } from '../wire/ip.js';
import type { TestRequest } from './model.js';

/** A name as it resolves in a lab: `*.lab.yaml`. */
export interface NamedAddresses {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface ListenerAddresses {
  readonly name: string;
  readonly addresses: readonly { readonly ip: string; readonly port: number }[];
}

/**
 * The address of the listener that the request names; else what the name of its URL resolves to in the lab; else that of the
 * listener with this name. IPv4 when there is a choice. Throws an Error that says what is known.
 */
export function destinationOf(
  { url, listener }: TestRequest,
  listeners: readonly ListenerAddresses[],
  names: readonly NamedAddresses[],
): { readonly address: string; readonly port: number } {
  const [, bracketed, plain = '', portText] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(authorityOf(url)) ?? [];
  const host = bracketed ?? plain;
  const port = Number(portText ?? 80);
  const taker = listeners.find(({ name }) => name === (listener ?? host));
  if (listener !== undefined) {
    const own = taker?.addresses.find((one) => one.port === port) ?? taker?.addresses[0];
    if (own !== undefined) return { address: own.ip, port: own.port };
    const known = listeners.map(({ name }) => name);
    throw unknown('listener', listener, known);
  }
  if (parseIp(host) !== undefined) return { address: host, port };
  const named = names.find(({ name }) => name === host)?.addresses.map((one) => one.replace(/\/\d+$/, ''));
  const own = taker?.addresses.find((one) => one.port === port);
  const address = named?.find((one) => !one.includes(':')) ?? named?.[0] ?? own?.ip;
  if (address !== undefined) return { address, port };
  throw unknown(
    'name',
    host,
    [...names, ...listeners].map(({ name }) => name),
  );
}

/** Host comes first: the one given, else that of the URL. */
export function partsOfRequest({ url, headers }: TestRequest): {
  readonly target: string;
  readonly host: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
} {
  const isHost = ([name]: readonly [string, string]): boolean => name.toLowerCase() === 'host';
  const host = headers.find(isHost)?.[1] ?? authorityOf(url);
  const target = url.slice('http://'.length + authorityOf(url).length);
  return {
    target: target === '' ? '/' : target,
    host,
    headers: [['host', host], ...headers.filter((header) => !isHost(header))],
  };
}

function authorityOf(url: string): string {
  return /^http:\/\/([^/?#]+)/i.exec(url)?.[1] ?? '';
}

function unknown(what: string, name: string, known: readonly string[]): Error {
  const names = [...new Set(known)];
  const near = nearestName(name, names);
  const hint = near === undefined ? `Known: ${names.join(', ') || 'none'}.` : `Did you mean "${near}"?`;
  return new Error(`There is no ${what} "${name}". ${hint}`);
}
