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

/* Copies the start of a message into h. Returns its length, 0 on failure. */
static __always_inline __u32 oh_load_message(struct sk_msg_md *msg, struct oh_head *h)
{
	__u32 want = msg->size;
	__u64 have;

	/* compare the very register that is used: Linux 6.1 does not tie a 32-bit copy to it */
	oh_barrier(want);
	if (want > OH_HEAD_MAX)
		want = OH_HEAD_MAX;
	oh_barrier(want);
	have = (long)msg->data_end - (long)msg->data;
	if (have < want) {
		/* the message lies in several fragments */
		if (bpf_msg_pull_data(msg, 0, want, 0))
			return 0;
		have = (long)msg->data_end - (long)msg->data;
		if (have < want)
			return 0;
	}
	if (bpf_probe_read_kernel(h->data, want, msg->data))
		return 0;
	h->len = want;
	return want;
}

#endif
