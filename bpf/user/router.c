/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "router.h"
#include "../lib/explain.h"

static struct oh_head head;
static struct oh_decision decision;
static struct oh_answer answer;
static oh_ip address;

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

__u32 oh_user_decide(__u32 len, oh_id listener)
{
	__builtin_memset(&decision, 0, sizeof(decision));
	head.len = len;
	oh_parse_head(&head);
	decision.gen = oh_generation();
	decision.listener = listener;
	if (head.state != OH_S_DONE) {
		decision.path = OH_PATH_RELAY;
		decision.reason = OH_R_HEAD_BAD;
		return OH_R_HEAD_BAD;
	}
	return oh_decide(&head, &decision);
}

__u32 oh_user_resume(__u32 from, __u32 known)
{
	head.from = from;
	head.known = known;
	return oh_decide(&head, &decision);
}

__u32 oh_user_cluster(oh_id cluster)
{
	return oh_balance_cluster(cluster, &head, &decision, 0);
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
