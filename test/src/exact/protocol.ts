/** What the test and its programs in the workloads say to each other: one JSON object a line. */
import type { Stuck } from './player.js';
import type { End, Received } from './recording.js';
import type { Step } from './step.js';

/** To a server: the next conversation on a port. It answers `armed`. */
export interface Arm {
  readonly type: 'arm';
  readonly id: number;
  readonly port: number;
  readonly steps: readonly Step[];
  /** The script begins with a connection, not with its first byte. */
  readonly greets: boolean;
  readonly patienceMs: number;
}

/** To a server: the client is done; it answers `heard`, when its script has ended or nothing comes any more. */
export interface Settle {
  readonly type: 'settle';
  readonly id: number;
  readonly port: number;
}

/** To the client: play one. It answers `played`. */
export interface Play {
  readonly type: 'play';
  readonly id: number;
  readonly address: string;
  readonly port: number;
  readonly steps: readonly Step[];
  readonly patienceMs: number;
}

/** What an end saw. */
export interface Seen {
  readonly received: Received;
  /** When its script waited for it, or at the end of the script. */
  readonly end: End;
  readonly stuck: Stuck | undefined;
}

export interface Armed {
  readonly type: 'armed';
  readonly id: number;
}

export interface Heard extends Seen {
  readonly type: 'heard';
  readonly id: number;
  /** Connections that brought a byte. */
  readonly connections: number;
}

export interface Played extends Seen {
  readonly type: 'played';
  readonly id: number;
  /** address:port of the client's end; empty when the connection never stood. */
  readonly local: string;
  /** What getpeername() says. */
  readonly peer: string;
  /** Where it connected to. */
  readonly target: string;
  /** Milliseconds from connect() to the first byte; -1: none came. */
  readonly firstMs: number;
  /** Microseconds since the Unix epoch. */
  readonly startUs: number;
  readonly endUs: number;
}

/** From a server: bytes came on a port while nothing was played there. */
export interface Stray {
  readonly type: 'stray';
  readonly port: number;
  readonly text: string;
}

export interface Ready {
  readonly type: 'ready';
}

export type FromClient = Ready | Played;
export type FromServer = Ready | Armed | Heard | Stray;

export function hostPort(address: string | undefined, port: number | undefined): string {
  if (address === undefined || port === undefined) return '';
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}
