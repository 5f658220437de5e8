/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where would this request go? Run by the agent (BPF_PROG_TEST_RUN) on the maps
 * in force: the same parser and router as for real requests, with the steps.
 */
#ifndef ONEHOP_EXPLAIN_H
#define ONEHOP_EXPLAIN_H

#include "router.h"
#include "scratch.h"

static __always_inline void oh_answer_ask(struct oh_head *h, const struct oh_ask *ask,
					  struct oh_answer *answer)
{
	struct oh_decision d = {};
	__u32 len = ask->len;

	if (len > OH_HEAD_MAX)
		len = OH_HEAD_MAX;
	if (!len || bpf_probe_read_kernel(h->data, len, ask->bytes))
		return;
	h->len = len;
	oh_parse_head(h);
	answer->refused = oh_request_reason(h);
	d.gen = oh_generation();
	d.listener = oh_find_listener(&ask->ip, ask->port, d.gen);
	h->steps_n = 0;
	h->explain = 1;
	answer->stopped = h->state == OH_S_DONE ? oh_decide(h, &d) : answer->refused;
	h->explain = 0;
	answer->d = d;
	answer->steps_n = h->steps_n;
	bpf_probe_read_kernel(answer->step, sizeof(answer->step), h->step);
}

SEC("syscall")
int oh_explain(void *ctx)
{
	__u32 zero = 0;
	const struct oh_ask *ask = bpf_map_lookup_elem(&oh_ask, &zero);
	struct oh_answer *answer = bpf_map_lookup_elem(&oh_answer, &zero);
	struct oh_head *h;

	if (!ask || !answer)
		return -1;
	h = oh_scratch_claim();
	if (!h)
		return -1;
	oh_answer_ask(h, ask, answer);
	oh_scratch_free(h);
	return 0;
}

#endif
