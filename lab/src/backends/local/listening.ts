import { readFileSync, statSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { NETNS_DIRECTORY } from './names.js';

/** st of proc_net_tcp(5): TCP_LISTEN of include/net/tcp_states.h. */
const LISTEN = '0A';

/**
 * Those of `addresses` on which something listens at `port`, in the network namespace of process `pid`; a listener on
 * the wildcard address counts for all of its family. Empty while the process has not entered `namespace` yet.
 */
export function listeningOn(
  pid: number,
  namespace: string,
  addresses: readonly string[],
  port: number,
): string[] {
  try {
    if (statSync(`/proc/${pid}/ns/net`).ino !== statSync(join(NETNS_DIRECTORY, namespace)).ino) return [];
    const listeners = new Set(['tcp', 'tcp6'].flatMap((table) => parseListeners(readTable(pid, table))));
    const any6 = listeners.has(socketKey('::', port));
    const any4 = any6 || listeners.has(socketKey('0.0.0.0', port));
    return addresses.filter(
      (address) => (isIPv6(address) ? any6 : any4) || listeners.has(socketKey(address, port)),
    );
  } catch (error) {
    // The process has ended meanwhile: whoever waits for it looks at that, too.
    if (['ENOENT', 'ESRCH', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** Local address and port of the listening sockets in the text of /proc/PID/net/tcp or tcp6, as the kernel writes them. */
export function parseListeners(table: string): string[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state] = line.trim().split(/\s+/);
      return local !== undefined && state === LISTEN ? [local] : [];
    });
}

/** `0100007F:1F90` on a little endian machine: the kernel prints each 32-bit word of the address in its own byte order. */
export function socketKey(address: string, port: number): string {
  const bytes = isIPv6(address) ? ipv6Bytes(address) : address.split('.').map(Number);
  let hex = '';
  for (let word = 0; word < bytes.length; word += 4) {
    const four = bytes.slice(word, word + 4);
    if (endianness() === 'LE') four.reverse();
    hex += four.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return `${hex}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const missing = tail === undefined ? 0 : 16 - left.length - right.length;
  return [...left, ...Array<number>(missing).fill(0), ...right];
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

function readTable(pid: number, table: string): string {
  try {
    return readFileSync(`/proc/${pid}/net/${table}`, 'utf8');
  } catch (error) {
    // A kernel without IPv6 has no tcp6.
    if (table === 'tcp6' && (error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
