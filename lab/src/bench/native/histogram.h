/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latencies in nanoseconds, in buckets at most 1/128 wide: exact up to 255 ns,
 * then 128 buckets for each doubling. The idea is that of HdrHistogram.
 */
#ifndef ONEHOP_BENCH_HISTOGRAM_H
#define ONEHOP_BENCH_HISTOGRAM_H

#include <stdint.h>
#include <string.h>

#define HIST_BUCKETS (58 * 128)

struct histogram {
	uint64_t n, max, sum;
	uint32_t bucket[HIST_BUCKETS];
};

static inline uint32_t hist_index(uint64_t v)
{
	uint32_t shift = v < 256 ? 0 : (uint32_t)(63 - __builtin_clzll(v)) - 7;

	return shift * 128 + (uint32_t)(v >> shift);
}

/* The middle of the bucket. */
static inline double hist_value(uint32_t index)
{
	uint32_t shift = index < 256 ? 0 : index / 128 - 1;
	uint64_t low = (uint64_t)(index - shift * 128) << shift;

	return (double)low + (double)((1ull << shift) - 1) / 2;
}

static inline void hist_add(struct histogram *h, uint64_t v)
{
	h->n++;
	h->sum += v;
	if (v > h->max)
		h->max = v;
	h->bucket[hist_index(v)]++;
}

/* The smallest value with at least this share of all at or below it, in microseconds; 0 when empty. */
static inline double hist_quantile_us(const struct histogram *h, double share)
{
	uint64_t want = (uint64_t)(share * (double)h->n), seen = 0;

	if ((double)want < share * (double)h->n)
		want++;
	if (!want)
		want = 1;
	for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= want) {
			double v = hist_value(i);

			return (v > (double)h->max ? (double)h->max : v) / 1000;
		}
	}
	return 0;
}

#endif
