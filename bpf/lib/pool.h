/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Warm upstream connections. A connection is on the stack of its endpoint
 * exactly while its state is NEW or IDLE; the compare-and-swap to BUSY makes
 * it one client's until the response is complete.
 */
#ifndef ONEHOP_POOL_H
#define ONEHOP_POOL_H

#include "count.h"

#define OH_POP_TRIES 8 /* dead connections to skip before the pool counts as dry */

/*
 * One cookie off a stack; 0: empty. A frame of its own: to the stack liveness
 * analysis of Linux 7.3 a pop from an inner map, whose value size it does not
 * know, overwrites every slot above the buffer.
 */
static __attribute__((noinline)) oh_cookie oh_pop(void *pool)
{
	oh_cookie cookie = 0;

	return bpf_map_pop_elem(pool, &cookie) ? 0 : cookie;
}

/* An idle upstream of the endpoint, now BUSY for client; NULL: dry. *cookie is its key. */
static __always_inline struct oh_up *oh_pool_take(oh_id endpoint, oh_cookie client,
						  oh_cookie *cookie)
{
	struct oh_pool_stat *stat = bpf_map_lookup_elem(&oh_pool_stat, &endpoint);
	void *pool = bpf_map_lookup_elem(&oh_pools, &endpoint);

	if (!pool || !stat)
		return 0;
	for (int i = 0; i < OH_POP_TRIES; i++) {
		struct oh_up *up;
		__u32 state;

		*cookie = oh_pop(pool);
		if (!*cookie)
			break;
		__sync_fetch_and_add(&stat->pops, 1);
		up = bpf_map_lookup_elem(&oh_up, cookie);
		if (!up || up->dead || up->closed) {
			oh_count(OH_R_STALE_POOL);
			continue;
		}
		state = up->state;
		if (state != OH_UP_NEW && state != OH_UP_IDLE)
			continue;
		if (__sync_val_compare_and_swap(&up->state, state, OH_UP_BUSY) != state)
			continue;
		up->client = client;
		up->endpoint = endpoint;
		up->phase = OH_RESP_HEAD;
		up->left = 0;
		up->reason = OH_R_NONE;
		up->kept = 0;
		oh_load_begin(up);
		return up;
	}
	__sync_fetch_and_add(&stat->dry, 1);
	return 0;
}

/* Gives a BUSY upstream back. */
static __always_inline void oh_pool_return(struct oh_up *up, oh_cookie cookie, oh_ns now)
{
	oh_id endpoint = up->endpoint;
	struct oh_pool_stat *stat = bpf_map_lookup_elem(&oh_pool_stat, &endpoint);
	void *pool = bpf_map_lookup_elem(&oh_pools, &endpoint);

	if (up->kept) {
		up->kept = 0;
		bpf_map_delete_elem(&oh_replay, &cookie);
	}
	oh_load_end(up);
	up->client = 0;
	up->idle_since = now;
	up->state = OH_UP_IDLE;
	if (up->dead || up->closed)
		return;
	if (!pool || !stat || bpf_map_lookup_elem(&oh_retire, &cookie) ||
	    bpf_map_push_elem(pool, &cookie, 0)) {
		/* retired, or nobody can take it any more: the agent closes it */
		oh_tell(OH_CTL_POOL_FULL, 0, cookie, endpoint, OH_R_MAP_FULL);
		return;
	}
	__sync_fetch_and_add(&stat->returns, 1);
}

#endif
