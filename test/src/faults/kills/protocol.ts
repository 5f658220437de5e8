/** JSON lines between the programs of the kills and the run that starts them. */

/** A request that got no answer, or not its own. */
export interface LostRequest {
  readonly id: string;
  readonly why: string;
}

export type FromClient =
  | { readonly type: 'ready' }
  | {
      readonly type: 'done';
      readonly answered: number;
      /** Ended by the client itself, on purpose. */
      readonly killed: number;
      readonly lost: readonly LostRequest[];
    };

export type ToServer =
  /** No connection shall end any more. */
  | { readonly type: 'stop' }
  /** Which of these requests were answered in full, and then the server ended their connections? */
  | { readonly type: 'which'; readonly ids: readonly string[] };

export type FromServer =
  { readonly type: 'ready' } | { readonly type: 'ended'; readonly ids: readonly string[] };
