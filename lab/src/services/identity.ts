import { isIP, isIPv6 } from 'node:net';

/** Who this process is in the lab: the lab sets it in the environment of every workload. */
export interface Identity {
  readonly workload: string;
  readonly addresses: readonly string[];
}

export function identity(env: NodeJS.ProcessEnv = process.env): Identity {
  return {
    workload: env['ONEHOP_WORKLOAD'] ?? 'unknown',
    addresses: (env['ONEHOP_ADDRESSES'] ?? '').split(',').filter((address) => isIP(address) !== 0),
  };
}

/** How to open a connection: options of `net.connect` and `http.Agent`. */
export interface Source {
  readonly family: 4 | 6;
  readonly localAddress?: string;
}

/**
 * Workloads of a node share its network namespace, so a connection comes from the workload's own address only if it
 * is bound to it. `host` is a name or an address; a name is looked up as IPv4 when the workload has an IPv4 address.
 */
export function sourceFor(host: string, self: Identity, family?: 4 | 6): Source {
  const literal = isIP(host);
  const has4 = self.addresses.some((address) => !isIPv6(address));
  const wanted =
    literal === 4 || literal === 6 ? literal : (family ?? (has4 || self.addresses.length === 0 ? 4 : 6));
  const own = self.addresses.find((address) => isIPv6(address) === (wanted === 6));
  // A connection to this very machine's loopback cannot come from another address in IPv6.
  const loopback = host === '::1' || host.startsWith('127.') || host === 'localhost';
  return own === undefined || loopback ? { family: wanted } : { family: wanted, localAddress: own };
}
