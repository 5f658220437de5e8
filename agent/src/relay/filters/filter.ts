/** What HTTP filters of the relay have in common. */
import type { FormatContext } from '@onehop/core/evaluate/format.js';
import type { HeaderLine } from '@onehop/core/evaluate/headerChanges.js';
import type { EffectiveFilter } from '@onehop/core/routing/filters/effective.js';
import type { FilterConfig } from '@onehop/core/routing/filters/model.js';
import type { LocalReply } from '../localReply.js';

/** A filter for one request: which settings, and how. */
export interface FilterSettings<C extends FilterConfig> extends EffectiveFilter {
  readonly config: C;
}

/** What a filter knows of a request. */
export interface FilterRequest {
  /** The request as the filters before have left it; who asked whom. */
  readonly context: FormatContext;
  /** The request as it came, without Host. */
  readonly lines: readonly HeaderLine[];
  /** The cluster that was chosen; undefined: the route has none, or there is no route. */
  readonly cluster: string | undefined;
  /** ms of a clock that only goes forward */
  readonly nowMs: number;
  /** From 0 up to and without 1, another one each time. */
  random(): number;
}

/** Changes the lines of a response. */
export type ResponseChange = (lines: readonly HeaderLine[], context: FormatContext) => readonly HeaderLine[];

/** What becomes of a request in a filter; nothing of it: it passes. */
export interface FilterTurn {
  /** The rest waits so long, in ms. */
  readonly delayMs?: number;
  /** The answer; no filter behind this one sees the request. */
  readonly reply?: LocalReply;
  readonly lines?: readonly HeaderLine[];
  /** Of every response, also of answers that filters or the relay give. */
  readonly response?: ResponseChange;
}

export interface Filter<C extends FilterConfig> {
  request(settings: FilterSettings<C>, request: FilterRequest): FilterTurn;
  /** What it does to responses of requests that it has not seen. */
  unseen?(settings: FilterSettings<C>): ResponseChange;
}

/** Is the request one of the fraction? */
export function isDrawn(
  { numerator, denominator }: { readonly numerator: number; readonly denominator: number },
  random: number,
): boolean {
  return random * denominator < numerator;
}
