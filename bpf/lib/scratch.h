/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parse buffers. A per-CPU slot alone is not private: sk_msg programs run in
 * process context and may be preempted on the same CPU, and softirq may run
 * sk_skb programs in between. So a slot is claimed.
 */
#ifndef ONEHOP_SCRATCH_H
#define ONEHOP_SCRATCH_H

#include "base.h"
#include "maps.h"

static __always_inline struct oh_head *oh_scratch_claim(void)
{
	for (__u32 i = 0; i < OH_SCRATCH_N; i++) {
		__u32 slot = i;
		struct oh_head *h = bpf_map_lookup_elem(&oh_scratch, &slot);

		if (h && __sync_val_compare_and_swap(&h->busy, 0, 1) == 0)
			return h;
	}
	return 0;
}

static __always_inline void oh_scratch_free(struct oh_head *h)
{
	__sync_lock_test_and_set(&h->busy, 0);
}

#endif
