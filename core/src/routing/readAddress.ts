import type { FieldPath } from '../resources/model.js';
import { canonicalIp } from '../wire/ip.js';
import { numberOf, objectOf, textOf, type Json } from './fields.js';
import type { Reading } from './reading.js';

/** An address of a message envoy.config.core.v3.Address at `path`. Undefined, with a problem, when it cannot be used. */
export function readAddress(
  reading: Reading,
  value: Json,
  path: FieldPath,
): { ip: string; port: number } | undefined {
  const socket = objectOf(objectOf(value)['socketAddress']);
  const at = [...path, 'socketAddress'];
  const text = textOf(socket['address']);
  const port = numberOf(socket['portValue']) ?? 0;
  if (text === undefined || text === '') {
    reading.error(
      'bad-address',
      text === undefined ? path : [...at, 'address'],
      'An IP address is missing.',
      'Use socket_address with address and port_value.',
    );
    return undefined;
  }
  const ip = canonicalIp(text);
  if (ip === undefined) {
    reading.error(
      'bad-address',
      [...at, 'address'],
      `"${text}" is no IP address.`,
      'OneHop does not resolve names: write the IPv4 or IPv6 address.',
    );
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    reading.error(
      'bad-address',
      [...at, 'portValue'],
      `Port ${port} is not between 1 and 65535.`,
      'Write the port that clients connect to.',
    );
    return undefined;
  }
  return ip === undefined ? undefined : { ip, port };
}
