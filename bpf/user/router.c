/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "router.h"
#include "../lib/explain.h"

static struct oh_head head;
static struct oh_decision decision;
static struct oh_answer answer;
static oh_ip address;
static struct {
	__u64 random;
	__u32 gen;
	oh_id cluster;
	oh_id endpoint;
} drawn;

__u8 *oh_input(void)
{
	return head.data;
}

__u32 oh_input_max(void)
{
	return OH_HEAD_MAX;
}

struct oh_decision *oh_output(void)
{
	return &decision;
}

oh_ip *oh_address(void)
{
	return &address;
}

oh_id oh_user_listener(__u32 port)
{
	return oh_find_listener(&address, port, oh_generation());
}

void oh_source(__u32 high, __u32 low)
{
	head.source = (__u64)high << 32 | low;
}

void oh_user_drawn(__u32 high, __u32 low, __u32 gen, oh_id cluster, oh_id endpoint)
{
	drawn.random = (__u64)high << 32 | low;
	drawn.gen = gen;
	drawn.cluster = cluster;
	drawn.endpoint = endpoint;
}

__u32 oh_user_decide(__u32 len, oh_id listener)
{
	__u32 reason;

	__builtin_memset(&decision, 0, sizeof(decision));
	head.len = len;
	oh_parse_head(&head);
	head.random = drawn.random ? drawn.random : oh_random64();
	decision.gen = oh_generation();
	decision.listener = listener;
	if (head.state != OH_S_DONE) {
		decision.path = OH_PATH_RELAY;
		decision.reason = OH_R_HEAD_BAD;
		return OH_R_HEAD_BAD;
	}
	if (!drawn.endpoint || drawn.gen != decision.gen)
		return oh_decide(&head, &decision);
	/* whose turn it is has been used up already */
	head.explain = 1;
	reason = oh_decide(&head, &decision);
	head.explain = 0;
	if (!reason && decision.cluster == drawn.cluster)
		decision.endpoint = drawn.endpoint;
	return reason;
}

__u32 oh_user_resume(__u32 from, __u32 known)
{
	head.from = from;
	head.known = known;
	return oh_decide(&head, &decision);
}

__u32 oh_user_cluster(oh_id cluster)
{
	return oh_balance_cluster(cluster, &head, &decision, head.random, 0);
}

static __u32 rehash(__u32 len, struct oh_decision *d)
{
	const struct oh_cluster *cluster = oh_cluster_at(d->cluster);
	const struct oh_cluster_v *v = cluster ? OH_SEEN(cluster, d->gen) : 0;

	if (!v || !v->hashed)
		return OH_R_NONE;
	head.len = len;
	oh_parse_head(&head);
	return head.state == OH_S_DONE ? oh_balance_tiers(v, &head, d, head.random, 1)
				       : OH_R_HEAD_BAD;
}

__u32 oh_user_rehash(__u32 len)
{
	return rehash(len, &decision);
}

__u32 oh_user_connect(oh_id listener)
{
	const struct oh_listener *entry = oh_listener_at(listener);
	const struct oh_listener_v *v;

	__builtin_memset(&decision, 0, sizeof(decision));
	decision.gen = oh_generation();
	decision.listener = listener;
	v = entry ? OH_SEEN(entry, decision.gen) : 0;
	if (!v)
		return OH_R_NO_LISTENER;
	decision.path = v->path;
	return oh_balance(&v->split, 0, &decision, oh_random64(), 0);
}

struct oh_answer *oh_user_explain(__u32 len, __u32 port)
{
	head.len = len;
	__builtin_memset(&answer, 0, sizeof(answer));
	oh_explain_head(&head, &address, port, &answer);
	__builtin_memcpy(answer.step, head.step, sizeof(answer.step));
	return &answer;
}

struct oh_answer *oh_user_explain_on(__u32 from, __u32 known)
{
	struct oh_decision d = answer.d;

	head.from = from;
	head.known = known;
	oh_explain_walk(&head, &d, &answer);
	__builtin_memcpy(answer.step, head.step, sizeof(answer.step));
	return &answer;
}

struct oh_answer *oh_user_explain_cluster(oh_id cluster)
{
	answer.stopped = oh_balance_cluster(cluster, &head, &answer.d, head.random, 1);
	answer.steps_n = 0;
	return &answer;
}

struct oh_answer *oh_user_explain_rehash(__u32 len)
{
	answer.stopped = rehash(len, &answer.d);
	answer.steps_n = 0;
	return &answer;
}
