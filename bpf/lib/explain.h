/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where would this request go? The same parser and router as for real requests,
 * with the steps, and without a trace: no counter, no turn, no pool is touched.
 * In the kernel it is run by the agent (BPF_PROG_TEST_RUN) on the maps in force.
 */
#ifndef ONEHOP_EXPLAIN_H
#define ONEHOP_EXPLAIN_H

#include "router.h"

/* What connect() decides for a listener that routes no requests. */
static __always_inline void oh_explain_tcp(const struct oh_listener_v *lv, int v6,
					   struct oh_answer *answer)
{
	struct oh_decision *d = &answer->d;
	__u32 reason;

	if (lv->path == OH_PATH_DIRECT)
		reason = oh_balance_direct(&lv->split, d, v6, 1);
	else
		reason = oh_balance(&lv->split, 0, d, oh_random64(), 1);
	d->path = lv->path;
	d->reason = reason ? reason : lv->reason;
	answer->stopped = reason;
}

static __always_inline void oh_tell_parts(const struct oh_head *h, struct oh_answer *answer)
{
	int whole = h->state == OH_S_DONE;

	answer->head_len = whole ? h->head_len : 0;
	answer->content_length = whole ? h->content_length : 0;
	answer->method_len = whole ? h->method_len : 0;
	answer->target = whole ? h->target : 0;
	answer->target_len = whole ? h->target_len : 0;
	answer->host = whole ? h->host : 0;
	answer->host_len = whole ? h->host_len : 0;
}

static __always_inline void oh_explain_walk(struct oh_head *h, struct oh_decision *d,
					    struct oh_answer *answer)
{
	h->steps_n = 0;
	h->explain = 1;
	if (!h->from && !h->known)
		h->random = oh_random64();
	answer->stopped = oh_decide(h, d);
	h->explain = 0;
	answer->d = *d;
	answer->steps_n = h->steps_n;
}

/* Decides the head of h->len bytes in h->data for the address ip and port. */
static __always_inline void oh_explain_head(struct oh_head *h, const oh_ip *ip, oh_port port,
					    struct oh_answer *answer)
{
	const struct oh_listener *listener;
	const struct oh_listener_v *lv;
	struct oh_decision *d = &h->d;

	oh_parse_head(h);
	oh_tell_parts(h, answer);
	__builtin_memset(d, 0, sizeof(*d));
	d->gen = oh_generation();
	d->listener = oh_find_listener(ip, port, d->gen);
	listener = oh_listener_at(d->listener);
	lv = d->listener && listener ? OH_SEEN(listener, d->gen) : 0;
	answer->refused = OH_R_NONE;
	answer->stopped = OH_R_NO_LISTENER;
	answer->steps_n = 0;
	answer->d = *d;
	if (!lv)
		return;
	if (!lv->rconf) {
		oh_explain_tcp(lv, !oh_ip_is4(ip), answer);
		return;
	}
	answer->refused = oh_request_reason(h);
	if (!answer->refused && h->content_length > oh_budget)
		answer->refused = OH_R_REQUEST_LARGE;
	if (h->state != OH_S_DONE) {
		answer->stopped = answer->refused;
		return;
	}
	oh_explain_walk(h, d, answer);
}

#ifdef __bpf__
#include "scratch.h"

static __always_inline int oh_answer_ask(struct oh_head *h, const struct oh_ask *ask,
					 struct oh_answer *answer)
{
	__u32 len = ask->len;
	oh_ip ip = ask->ip;

	if (len > OH_HEAD_MAX)
		len = OH_HEAD_MAX;
	if (bpf_probe_read_kernel(h->data, len, ask->bytes))
		return -1;
	h->len = len;
	h->source = 0;
	oh_explain_head(h, &ip, ask->port, answer);
	return bpf_probe_read_kernel(answer->step, sizeof(answer->step), h->step);
}

SEC("syscall")
int oh_explain(void *ctx)
{
	__u32 zero = 0;
	const struct oh_ask *ask = bpf_map_lookup_elem(&oh_ask, &zero);
	struct oh_answer *answer = bpf_map_lookup_elem(&oh_answer, &zero);
	struct oh_head *h;
	int failed;

	if (!ask || !answer)
		return -1;
	h = oh_scratch_claim();
	if (!h)
		return -1;
	failed = oh_answer_ask(h, ask, answer);
	oh_scratch_free(h);
	return failed;
}
#endif

#endif
