/** What a listener takes off the Host header before anything looks at it (ConnectionManagerUtility::maybeNormalizeHost). */
import type { HostStrip } from '../routing/model.js';
import { octets } from './request.js';

/**
 * The head with another Host; undefined: it stays as it is.
 *
 * @param head in the form that the router reads
 * @param port of the listener
 */
export function strippedHead(strip: HostStrip, head: Uint8Array, port: number): Uint8Array | undefined {
  const text = octets(head);
  // The port of a CONNECT stays; of its dot Envoy makes no exception.
  const isConnect = text.startsWith('CONNECT ');
  const found = /\r\nhost:[ \t]*([^\r]*?)[ \t]*\r\n/i.exec(text);
  const host = found?.[1];
  if (found === null || host === undefined) return undefined;
  const stripped = strippedHost(isConnect ? { ...strip, port: 'none' } : strip, host, port);
  if (stripped === host) return undefined;
  const before = text.slice(0, found.index);
  const behind = text.slice(found.index + found[0].length);
  const changed = `${before}\r\nHost: ${stripped}\r\n${behind}`;
  return Uint8Array.from(changed, (octet) => octet.charCodeAt(0));
}

function strippedHost({ dot, port: which }: HostStrip, host: string, port: number): string {
  const given = dot ? withoutDot(host) : host;
  // absl::SimpleAtoi of 32 bits. What stands behind the last colon of a bare IPv6 address is no number: "]" ends it.
  const [, name = '', said] = /^(.*):\+?0*([0-9]{1,10})$/.exec(given) ?? [];
  const isPort = said !== undefined && Number(said) < 2 ** 32;
  return isPort && (which === 'any' || (which === 'matching' && Number(said) === port)) ? name : given;
}

/** HeaderUtility::stripTrailingHostDot: at the very end, or else before the port. */
function withoutDot(host: string): string {
  const at = host.lastIndexOf('.');
  const goes = at >= 0 && (at === host.length - 1 || host[at + 1] === ':');
  return goes ? host.slice(0, at) + host.slice(at + 1) : host;
}
