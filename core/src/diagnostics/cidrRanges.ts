/** Ranges of addresses that are none. */
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import { parseIp } from '../wire/ip.js';
import type { Family, Finding } from './finding.js';

const CIDR_RANGE = 'envoy.config.core.v3.CidrRange';

/** Ranges that do not begin with an IP address. */
export const badRange: Family = {
  concerns: (_, { typeName }) => typeName === CIDR_RANGE,
  find: rangeOfNoAddress,
};

function rangeOfNoAddress({ field, value, path }: Visited): Finding | undefined {
  if (field.typeName !== CIDR_RANGE || !isJsonObject(value)) return undefined;
  const prefix = value['addressPrefix'];
  if (typeof prefix !== 'string' || prefix === '') return undefined;
  // Envoy takes an IPv6 address with a zone.
  if (parseIp(prefix.replace(/(?<=:.*)%.+$/, '')) !== undefined) return undefined;
  return {
    rule: 'bad-format',
    severity: 'error',
    path: [...path, 'addressPrefix'],
    message: '"address_prefix" must be an IP address.',
    hint: 'Write address_prefix: 10.0.0.0, and the length in prefix_len.',
  };
}
