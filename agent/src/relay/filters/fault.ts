/** Delays and aborts requests: Envoy's FaultFilter. */
import { headerHolds } from '@onehop/core/evaluate/conditions.js';
import { valuesOf, type RequestView } from '@onehop/core/evaluate/request.js';
import type { FaultConfig, Fraction } from '@onehop/core/routing/filters/model.js';
import type { LocalReply } from '../localReply.js';
import { isDrawn, type Filter, type FilterRequest, type FilterTurn } from './filter.js';

export const fault: Filter<FaultConfig> = {
  request({ config }, asked): FilterTurn {
    const { request } = asked.context;
    if (config.cluster !== '' && config.cluster !== asked.cluster) return {};
    if (!config.headers.every((one) => headerHolds(one, request))) return {};
    const delayMs = delayOf(config, asked);
    const reply = replyOf(config, asked);
    return {
      ...(delayMs > 0 ? { delayMs } : {}),
      ...(reply === undefined ? {} : { reply }),
    };
  },
};

function delayOf({ delay }: FaultConfig, { context, random }: FilterRequest): number {
  if (delay === undefined || !drawn(delay.fraction, 'byHeader' in delay, 'delay', context.request, random()))
    return 0;
  if ('ms' in delay) return delay.ms;
  return numberIn(context.request, 'x-envoy-fault-delay-request') ?? 0;
}

function replyOf({ abort }: FaultConfig, { context, random }: FilterRequest): LocalReply | undefined {
  if (abort === undefined || !drawn(abort.fraction, 'byHeader' in abort, 'abort', context.request, random()))
    return undefined;
  const body = 'fault filter abort';
  if (!('byHeader' in abort)) return { ...abort, body };
  const status = numberIn(context.request, 'x-envoy-fault-abort-request') ?? 0;
  return status >= 200 && status < 600 ? { status, body } : undefined;
}

/** A header may make the part smaller, never larger (FaultDelayConfig::HeaderDelayProvider). */
function drawn(
  { numerator, denominator }: Fraction,
  byHeader: boolean,
  what: 'delay' | 'abort',
  request: RequestView,
  random: number,
): boolean {
  const said = byHeader ? numberIn(request, `x-envoy-fault-${what}-request-percentage`) : undefined;
  return isDrawn({ numerator: Math.min(said ?? numerator, numerator), denominator }, random);
}

function numberIn(request: RequestView, name: string): number | undefined {
  const [value = ''] = valuesOf(request, name);
  return /^[0-9]{1,9}$/.test(value) ? Number(value) : undefined;
}
