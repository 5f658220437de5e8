/** Changes headers of requests and of all responses: Envoy's HeaderMutation. */
import { changeHeaders, type HeaderLine } from '@onehop/core/evaluate/headerChanges.js';
import type { FormatContext } from '@onehop/core/evaluate/format.js';
import type { HeaderChanges } from '@onehop/core/routing/model.js';
import type { MutationConfig } from '@onehop/core/routing/filters/model.js';
import type { Filter, FilterSettings, ResponseChange } from './filter.js';

export const headerMutation: Filter<MutationConfig> = {
  request(settings, { context, lines }) {
    const all = levelsOf(settings);
    const mutations = all.flatMap(({ request }) => request);
    return {
      response: responseOf(all),
      ...(mutations.length === 0 ? {} : { lines: changed(lines, mutations, context, 'request') }),
    };
  },
  unseen: (settings) => responseOf(levelsOf(settings)),
};

function responseOf(levels: readonly MutationConfig[]): ResponseChange {
  const mutations = levels.flatMap(({ response }) => response);
  return (lines, context) => changed(lines, mutations, context, 'response');
}

/** Each sees what those before it have made. */
function changed(
  lines: readonly HeaderLine[],
  mutations: readonly HeaderChanges[],
  context: FormatContext,
  of: 'request' | 'response',
): readonly HeaderLine[] {
  let now = lines;
  for (const mutation of mutations) {
    const headers = now.map(([name, value]) => [name.toLowerCase(), value] as const);
    now = changeHeaders(
      now,
      mutation,
      of === 'request'
        ? { ...context, request: { ...context.request, headers } }
        : { ...context, responseHeaders: headers },
    );
  }
  return now;
}

/** The listener's first, then those of routes. */
function levelsOf({ ofListener, ofRoute }: FilterSettings<MutationConfig>): MutationConfig[] {
  const own = ofListener.kind === 'mutation' ? [ofListener] : [];
  const routes = ofRoute.filter((one) => one.kind === 'mutation');
  return [...own, ...(own[0]?.mostSpecificWins === true ? routes.reverse() : routes)];
}
