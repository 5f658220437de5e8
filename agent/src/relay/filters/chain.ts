/** Runs the filters of a listener for one request, in their order, and those that change responses back again. */
import type { FormatContext } from '@onehop/core/evaluate/format.js';
import type { HeaderLine } from '@onehop/core/evaluate/headerChanges.js';
import type { EffectiveFilter } from '@onehop/core/routing/filters/effective.js';
import type { FilterConfig } from '@onehop/core/routing/filters/model.js';
import type { LocalReply } from '../localReply.js';
import { cors } from './cors.js';
import { fault } from './fault.js';
import type { Filter, FilterRequest, ResponseChange } from './filter.js';
import { headerMutation } from './headerMutation.js';
import { localRateLimit } from './localRateLimit.js';
import { rbac } from './rbac.js';

export interface ChainResult {
  /** All filters together. */
  readonly delayMs: number;
  readonly reply: LocalReply | undefined;
  /** Of the request, without Host; undefined: as they came. */
  readonly lines: readonly HeaderLine[] | undefined;
  /** Undefined: responses pass as they are. */
  readonly response: ResponseChange | undefined;
}

type AnyFilter = Filter<FilterConfig>;

const FILTERS: Readonly<Record<FilterConfig['kind'], AnyFilter>> = {
  fault: fault as AnyFilter,
  cors: cors as AnyFilter,
  rbac: rbac as AnyFilter,
  rateLimit: localRateLimit as AnyFilter,
  mutation: headerMutation as AnyFilter,
};

export function runChain(filters: readonly EffectiveFilter[], asked: FilterRequest): ChainResult {
  let { context, lines } = asked;
  let delayMs = 0;
  let reply: LocalReply | undefined;
  const responses: ResponseChange[] = [];
  for (const settings of filters) {
    const filter = FILTERS[settings.config.kind];
    if (reply !== undefined) {
      const unseen = filter.unseen?.(settings);
      if (unseen !== undefined) responses.unshift(unseen);
      continue;
    }
    const turn = filter.request(settings, { ...asked, context, lines });
    delayMs += turn.delayMs ?? 0;
    reply = turn.reply;
    // the way back goes through the last filter first
    if (turn.response !== undefined) responses.unshift(turn.response);
    if (turn.lines !== undefined) {
      lines = turn.lines;
      const headers = lines.map(([name, value]) => [name.toLowerCase(), value] as const);
      context = { ...context, request: { ...context.request, headers } };
    }
  }
  return {
    delayMs,
    reply,
    lines: lines === asked.lines ? undefined : lines,
    response: responses.length === 0 ? undefined : (told, about) => changedBy(responses, told, about),
  };
}

function changedBy(
  responses: readonly ResponseChange[],
  lines: readonly HeaderLine[],
  context: FormatContext,
): readonly HeaderLine[] {
  return responses.reduce((now, change) => change(now, context), lines);
}
