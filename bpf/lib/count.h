/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters and events. Each negative path counts its reason. */
#ifndef ONEHOP_COUNT_H
#define ONEHOP_COUNT_H

#include "base.h"
#include "maps.h"
#include "reasons.h"

/* Requests or connections under way to an endpoint: for least request. */
static __always_inline void oh_load_add(oh_id endpoint, __u32 by)
{
	__u32 *load = bpf_map_lookup_elem(&oh_load, &endpoint);

	if (load)
		__sync_fetch_and_add(load, by);
}

static __always_inline void oh_load_begin(struct oh_up *up)
{
	up->counted = 1;
	oh_load_add(up->endpoint, 1);
}

/* However the request ends, it is counted off once. */
static __always_inline void oh_load_end(struct oh_up *up)
{
	if (__sync_lock_test_and_set(&up->counted, 0))
		oh_load_add(up->endpoint, -1);
}

static __always_inline void oh_count(__u32 reason)
{
	__u64 *n = bpf_map_lookup_elem(&oh_reason_n, &reason);

	if (n)
		*n += 1;
}

static __always_inline void oh_hit(void *map, oh_id id, int relayed)
{
	struct oh_hits *hits = bpf_map_lookup_elem(map, &id);

	if (!hits)
		return;
	hits->requests++;
	hits->relayed += relayed;
}

/* Is anybody interested in an event of this connection? 0, 1, or 2: traced. */
static __always_inline int oh_event_wanted(oh_cookie cookie, __u32 seq)
{
	const struct oh_knobs *knobs;
	__u32 zero = 0;

	knobs = bpf_map_lookup_elem(&oh_knobs, &zero);
	if (!knobs || !knobs->events)
		return 0;
	if (knobs->events & OH_EVENTS_TRACED && bpf_map_lookup_elem(&oh_trace, &cookie))
		return 2;
	if (!(knobs->events & OH_EVENTS_SAMPLED))
		return 0;
	return knobs->sample_every <= 1 || seq % knobs->sample_every == 0;
}

static __always_inline int oh_event_within_rate(void)
{
	const struct oh_knobs *knobs;
	struct oh_rate *rate;
	__u32 zero = 0;
	__u64 now;

	knobs = bpf_map_lookup_elem(&oh_knobs, &zero);
	rate = bpf_map_lookup_elem(&oh_rate, &zero);
	if (!knobs || !rate || !knobs->rate_per_sec)
		return 1;
	now = bpf_ktime_get_ns();
	if (now - rate->since >= 1000000000ull) {
		rate->since = now;
		rate->spent = 0;
	}
	return ++rate->spent <= knobs->rate_per_sec;
}

static __always_inline void oh_emit(struct oh_event *ev)
{
	long flags = BPF_RB_NO_WAKEUP;

	if (ev->flags & OH_EVF_TRACED)
		flags = BPF_RB_FORCE_WAKEUP;
	else if (!oh_event_within_rate()) {
		oh_count(OH_R_EVENT_LIMITED);
		return;
	}
	/* without watchers in a hurry the agent drains the ring by a timer */
	if (bpf_ringbuf_output(&oh_events, ev, sizeof(*ev), flags))
		oh_count(OH_R_EVENT_LOST);
}

static __always_inline void oh_tell(__u32 type, oh_cookie client, oh_cookie upstream,
				    oh_id endpoint, __u32 reason)
{
	struct oh_ctl ctl = {
		.type = type,
		.endpoint = endpoint,
		.client = client,
		.upstream = upstream,
		.reason = reason,
	};

	if (bpf_ringbuf_output(&oh_ctl, &ctl, sizeof(ctl), 0))
		oh_count(OH_R_CONTROL_LOST);
}

#endif
