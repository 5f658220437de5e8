import type { BtfValue } from '@onehop/core/btf/codec.js';
import { formatIp } from '@onehop/core/wire/ip.js';

/**
 * A key or value as JSON text, after core/src/api/agent.proto: structs as objects, char arrays as text, addresses
 * (struct oh_ip) and 64-bit numbers as text, other bytes in hex. Never throws.
 */
export function mapJson(value: unknown): string {
  return JSON.stringify(plain(value as BtfValue));
}

function plain(value: BtfValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex');
  if (isList(value)) return value.map(plain);
  const { b } = value;
  if (b instanceof Uint8Array && b.length === 16 && Object.keys(value).length === 1) return formatIp(b);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

function isList(value: BtfValue): value is readonly BtfValue[] {
  return Array.isArray(value);
}
