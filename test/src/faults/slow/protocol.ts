/** What the slow clients are told, and what they tell. */

/** How a transfer goes. */
export interface TransferPlan {
  /** Address of the service. */
  readonly host: string;
  readonly port: number;
  readonly kind: 'download' | 'upload';
  readonly count: number;
  /** Bytes of each body. */
  readonly bytes: number;
  /** Bytes a second that each client reads or sends; 0: as fast as it goes. */
  readonly rate: number;
  /** Bytes a second that the server reads of each upload; 0: as fast as they come. */
  readonly serverRate: number;
  /** Seeds of the bodies go from here on. */
  readonly seed: number;
}

export type ToClient =
  | { readonly type: 'start'; readonly plan: TransferPlan }
  /** The first `count` transfers of every plan go on at full speed, to their end. The others end now. */
  | { readonly type: 'finish'; readonly count: number }
  | { readonly type: 'report' };

export type FromClient =
  | { readonly type: 'ready' }
  | ({ readonly type: 'report' } & Report)
  /** All that shall end have ended. */
  | ({ readonly type: 'finished' } & Report);

export interface Report {
  readonly open: number;
  /** Bytes read (downloads) or sent (uploads) so far. */
  readonly bytes: number;
  /** Transfers that are over, every byte right. */
  readonly complete: number;
  /** What went wrong, by words. */
  readonly wrong: Readonly<Record<string, number>>;
}
