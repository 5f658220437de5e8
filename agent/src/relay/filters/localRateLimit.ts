/** Turns requests away that are too many: Envoy's local rate limit, one bucket of tokens for each setting. */
import { changeHeaders } from '@onehop/core/evaluate/headerChanges.js';
import type { RateLimitConfig } from '@onehop/core/routing/filters/model.js';
import { isDrawn, type Filter, type FilterTurn } from './filter.js';

export const localRateLimit: Filter<RateLimitConfig> = {
  request({ config }, { context, nowMs, random }): FilterTurn {
    const { bucket } = config;
    if (bucket === undefined || !isDrawn(config.enabled, random())) return {};
    let tokens = buckets.get(config);
    if (tokens === undefined) buckets.set(config, (tokens = new Tokens(bucket, nowMs)));
    if (tokens.take(nowMs) || !isDrawn(config.enforced, random())) return {};
    return {
      reply: {
        status: config.status,
        body: 'local_rate_limited',
        headers: changeHeaders([], config.responseHeaders, context),
        ...(config.asResourceExhausted ? { grpcStatus: resourceExhausted } : {}),
      },
    };
  },
};

/** As long as a setting is in force it keeps its bucket. */
const buckets = new WeakMap<RateLimitConfig, Tokens>();
const resourceExhausted = 8;

/** AtomicTokenBucketImpl: it fills steadily, not at once at the end of each interval. */
class Tokens {
  #left: number;
  #atMs: number;
  readonly #bucket: NonNullable<RateLimitConfig['bucket']>;

  constructor(bucket: NonNullable<RateLimitConfig['bucket']>, nowMs: number) {
    this.#bucket = bucket;
    this.#left = bucket.most;
    this.#atMs = nowMs;
  }

  take(nowMs: number): boolean {
    const { most, perFill, fillMs } = this.#bucket;
    this.#left = Math.min(most, this.#left + ((nowMs - this.#atMs) * perFill) / fillMs);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
