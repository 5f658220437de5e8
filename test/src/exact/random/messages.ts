/** What the differential run and its programs say to each other: one JSON object a line. Scripts follow from numbers. */
import type { Reduction } from './conversation.js';

/** To the client: play a conversation. It answers `played`. */
export interface PlayRandom {
  readonly type: 'play';
  readonly id: number;
  readonly conversation: number;
  readonly reduction: Reduction;
  readonly address: string;
  readonly port: number;
}

/** To a server: what did you see of these exchanges of a conversation? It answers `heard`. */
export interface TakeRandom {
  readonly type: 'take';
  readonly id: number;
  readonly conversation: number;
  readonly exchanges: readonly number[];
}

/** To a server: conversations of this number are reduced from now on. It answers `heard`. */
export interface ReduceRandom {
  readonly type: 'reduce';
  readonly id: number;
  readonly conversation: number;
  readonly reduction: Reduction;
}

export interface PlayedRandom {
  readonly type: 'played';
  readonly id: number;
  /** Empty: what the conversation says, to its end. */
  readonly wrong: string;
  /** How the server's side ended, when the script waited for it. */
  readonly end: string;
}

export interface HeardRandom {
  readonly type: 'heard';
  readonly id: number;
  /** By number of the exchange, each time that it came: what was wrong, and how the client's side ended. */
  readonly seen: Readonly<Record<number, readonly string[]>>;
}

export type FromRandomClient = { readonly type: 'ready' } | PlayedRandom;
export type FromRandomServer = { readonly type: 'ready' } | HeardRandom | Lost;

/** Bytes that belong to no exchange. */
export interface Lost {
  readonly type: 'lost';
  readonly text: string;
}

export type ToRandomServer = TakeRandom | ReduceRandom;

/** A step that takes longer than this hangs, in ms. */
export const patienceMs = 6_000;
