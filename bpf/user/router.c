/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The router outside the kernel. The caller writes the bytes of a head at
 * oh_input(), calls oh_user_decide(), and reads oh_output().
 */
#include "../lib/router.h"

static struct oh_head head;
static struct oh_decision decision;
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

/* 16 bytes for the address that oh_user_listener() looks up. */
oh_ip *oh_address(void)
{
	return &address;
}

/* The listener id of oh_address() and port in the active generation; 0: none. */
oh_id oh_user_listener(__u32 port)
{
	return oh_find_listener(&address, port, oh_generation());
}

/* Decides the request head of len bytes at oh_input() for a listener. enum oh_reason. */
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

/* Decides a connection to a TCP listener. enum oh_reason. */
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
	return oh_balance(&v->split, &decision, 0);
}
