import type { Place } from './arms.js';
import type { End } from './recording.js';
import type { Step } from './step.js';

/**
 * One conversation: what either end does. Played without a mesh and on every arm; both ends must see the same bytes and
 * the same ends.
 */
export interface Shape {
  readonly name: string;
  readonly client: readonly Step[];
  readonly server: readonly Step[];
  /** The server speaks first: its script begins with the connection. */
  readonly greets?: boolean;
  /**
   * Why requests leave the kernel path on the kernel arms, one a request in order, by names of reasons; `kernel`: they do
   * not. Default: not looked at.
   */
  readonly paths?: readonly string[];
  /** Requests that name their server by the header `to`: what each of the two servers plays, and gets. */
  readonly split?: Readonly<Record<Place, Part>>;
  /** What HTTP listeners do instead, by design: then nothing is compared with no mesh on kernel and relay arms. */
  readonly byDesign?: Expected;
  /** The first byte must come about as soon as without a mesh. */
  readonly prompt?: boolean;
}

/** A server's part of a conversation with two servers. */
export interface Part {
  readonly steps: readonly Step[];
  readonly gets: string;
}

export interface Expected {
  /** One sentence: why it differs. */
  readonly why: string;
  /** Latin-1, with the values of `date` and `server` left out; undefined: what the no-mesh arm gets. */
  readonly client?: string;
  readonly clientEnd?: End;
  /** Undefined: what the no-mesh arm gets. */
  readonly server?: string;
  /** The server gets at most the beginning of this, not all of it. */
  readonly serverBegins?: string;
  /** Scripts that differ from the shape's. */
  readonly clientSteps?: readonly Step[];
  readonly serverSteps?: readonly Step[];
}
