/** What the clients are told, and what they tell. */

export type ToClient =
  /** Opens `count` connections, one after the other answered once, numbered from `first` on. */
  | { readonly type: 'open'; readonly first: number; readonly count: number }
  /** One more request on each. */
  | { readonly type: 'round'; readonly round: number }
  | { readonly type: 'close' };

export type FromClient = { readonly type: 'ready' } | ({ readonly type: 'done' } & Report);

export interface Report {
  /** Connections that stand. */
  readonly open: number;
  /** Right answers of this step. */
  readonly right: number;
  /** What went wrong in this step, by words. */
  readonly wrong: Readonly<Record<string, number>>;
}

export type FromServer =
  | { readonly type: 'ready' }
  /** Endpoints of this server that were asked at least once, and connections that stand. */
  | { readonly type: 'asked'; readonly endpoints: number; readonly connections: number };
