/** How much an agent can serve at once: what it is asked to, and what its file descriptors allow (RLIMIT_NOFILE). */
import { readFileSync } from 'node:fs';
import { OptionError } from './optionError.js';

/** Connections; each takes a file descriptor. */
export interface Capacity {
  /** Of clients, to listeners that route requests. */
  readonly clients: number;
  /** Warm ones for the kernel path; no more endpoints than that have a pool, whose stack takes a descriptor, too. */
  readonly warm: number;
  /** Idle ones that the relay keeps. */
  readonly idle: number;
  /** Why it serves fewer clients than usual; empty: it does not. */
  readonly warning: string;
}

const clientsUsually = 10_000;
const clientsLeast = 100;
/** Programs, maps, logs, the API. */
const own = 512;
/** Of the descriptors that clients leave, so many in ten for warm connections, as many for their stacks. The rest is the relay's, idle and in use. */
const [warmTenths, idleTenths] = [3, 2];
const warmMost = 8192;
/** Behind the connections of clients there are others: a descriptor for every `spread` clients at least. */
const spread = 4;

/**
 * @param asked `--connections`; undefined: as many as usual, or as the limit allows
 * @throws OptionError when the limit is too small for that
 */
export function capacity(asked: number | undefined, limit: number): Capacity {
  const fit = Math.floor(((limit - own) * spread) / (spread + 1));
  const clients = asked ?? Math.min(clientsUsually, fit);
  if (clients > fit || fit < clientsLeast) {
    const wanted = Math.max(clients, clientsLeast);
    throw new OptionError(
      'connections',
      `The agent may open ${limit} files, too few for ${wanted} connections of clients: it needs ${needed(wanted)}.`,
      `Raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd, --ulimit nofile= of docker), or give fewer --connections.`,
    );
  }
  const rest = limit - own - clients;
  return {
    clients,
    warm: Math.min(warmMost, Math.floor((rest * warmTenths) / 10)),
    idle: Math.floor((rest * idleTenths) / 10),
    warning:
      asked === undefined && clients < clientsUsually
        ? `The agent may open ${limit} files: it serves ${clients} connections of clients at once, not ${clientsUsually}, which take ${needed(clientsUsually)}.`
        : '',
  };
}

/** The limit that `clients` need. */
function needed(clients: number): number {
  return own + clients + Math.ceil(clients / spread);
}

/** The limit of this process. Node.js raises the soft one to the hard one when it starts. */
export function openFilesLimit(limits: string = readFileSync('/proc/self/limits', 'utf8')): number {
  const text = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return text === 'unlimited' ? 1 << 30 : Number(text ?? 1024);
}

/** Entries of the maps that follow connections, where `clients` need more than the datapath has by itself. */
export function mapSizes(clients: number): Readonly<Record<string, number>> {
  const times = Math.ceil(clients / clientsUsually);
  if (times <= 1) return {};
  return Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, size * times]));
}

/** As in bpf/lib/maps.h. */
const sizes = {
  oh_conn: 32_768,
  oh_up: 32_768,
  oh_tuple: 65_536,
  oh_anchored: 16_384,
  oh_release: 32_768,
  oh_client_s: 32_768,
  oh_up_s: 32_768,
  oh_server_s: 32_768,
};
