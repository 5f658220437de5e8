/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests of the kernel path: a request that is complete in one message is
 * redirected to an idle upstream connection (across nodes: out of that socket;
 * on one node: straight into the server's receive queue). The response is
 * response.h's; any other request goes to the relay, with its reason.
 */
#ifndef ONEHOP_REQUEST_H
#define ONEHOP_REQUEST_H

#include "count.h"
#include "inbox.h"
#include "pool.h"
#include "router.h"
#include "scratch.h"

/*
 * May the kernel have a connection back that the relay released? Only when the
 * agent has read every byte that was passed to it, and the client has read
 * every byte that the agent wrote: else two answers could change places.
 */
static __always_inline int oh_released(const struct tcp_sock *tp, oh_cookie cookie,
				       struct oh_conn *conn)
{
	const struct oh_release *r = bpf_map_lookup_elem(&oh_release, &cookie);

	if (!r || r->read_total != conn->passed)
		return 0;
	if (tp->bytes_received != r->written_total || tp->copied_seq != tp->rcv_nxt)
		return 0;
	conn->relayed = r->requests;
	return 1;
}

#define OH_STALE_NS 250000000ull /* no server ends a connection that was used this recently */

/* Keeps the request if the server may just be ending the idle connection that it takes. */
static __always_inline void oh_keep_request(struct oh_up *up, oh_cookie upstream,
					    const struct oh_head *h, __u32 size, oh_ns now)
{
	/* signed: another CPU may have given it back a moment after now */
	if (size > OH_REPLAY_MAX || (__s64)(now - up->idle_since) < (__s64)OH_STALE_NS)
		return;
	if (!bpf_map_update_elem(&oh_replay, &upstream, h->data, BPF_ANY))
		up->kept = 1;
}

static __always_inline int oh_pass(struct sk_msg_md *msg, struct oh_conn *conn, __u32 reason)
{
	conn->passed += msg->size;
	conn->state = OH_CONN_RELAY;
	conn->ev.d.reason = reason;
	oh_count(reason);
	return SK_PASS;
}

static __always_inline void oh_show(char *to, const struct oh_head *h, __u32 off, __u32 len)
{
	if (bpf_probe_read_kernel(to, OH_SHOW_MAX, &h->data[off & OH_MASK]))
		return;
	/* what lies behind a short text in the buffer is not part of it */
	if (len < OH_SHOW_MAX)
		to[len & (OH_SHOW_MAX - 1)] = 0;
}

static __always_inline void oh_begin_event(struct oh_event *ev, const struct oh_head *h, __u32 seq,
					   int wanted, oh_ns start)
{
	ev->type = OH_EV_REQUEST;
	ev->flags = wanted == 2 ? OH_EVF_TRACED : 0;
	ev->status = 0;
	ev->seq = seq;
	ev->start = start;
	ev->first = 0;
	ev->resp_bytes = 0;
	if (!wanted)
		return;
	ev->method_len = h->method_len;
	ev->host_len = h->host_len;
	ev->path_len = h->target_len;
	bpf_probe_read_kernel(ev->method, sizeof(ev->method), h->data);
	if (h->method_len < sizeof(ev->method))
		ev->method[h->method_len & 7] = 0;
	oh_show(ev->host, h, h->host, h->host_len);
	oh_show(ev->target, h, h->target, h->target_len);
}

/* A whole request lies in h and in msg: decide, take an upstream, redirect. */
static __always_inline int oh_carry_request(struct sk_msg_md *msg, struct oh_conn *conn,
					    oh_cookie cookie, struct oh_head *h, oh_ns start)
{
	struct oh_decision *d = &h->d;
	oh_cookie upstream = 0;
	struct oh_up *up;
	__u32 reason;
	int verdict;

	__builtin_memset(d, 0, sizeof(*d));
	d->gen = oh_generation();
	d->listener = conn->ev.d.listener;
	h->random = oh_random64();
	conn->random = h->random;
	reason = oh_decide(h, d);
	/* the relay goes on from there: nothing is drawn twice */
	conn->ev.d = *d;
	if (!reason)
		reason = d->reason;
	if (reason)
		return oh_pass(msg, conn, reason);
	up = oh_pool_take(d->endpoint, cookie, &upstream);
	if (!up) {
		oh_tell(OH_CTL_POOL_DRY, cookie, 0, d->endpoint, OH_R_POOL_DRY);
		return oh_pass(msg, conn, OH_R_POOL_DRY);
	}

	conn->head_request = OH_IS(h, 0, h->method_len, "HEAD");
	conn->want_event = oh_event_wanted(cookie, conn->seq);
	oh_begin_event(&conn->ev, h, conn->seq + conn->relayed, conn->want_event, start);
	conn->ev.req_bytes = msg->size;
	conn->carried += msg->size;
	conn->seq++;
	conn->upstream = upstream;
	conn->state = OH_CONN_WAIT;
	oh_keep_request(up, upstream, h, msg->size, start);

	if (up->joined) {
		conn->ev.flags |= OH_EVF_SAME_NODE;
		verdict = bpf_msg_redirect_hash(msg, &oh_server_s, &upstream, BPF_F_INGRESS);
	} else {
		verdict = bpf_msg_redirect_hash(msg, &oh_up_s, &upstream, 0);
	}
	if (verdict != SK_PASS) {
		/* its socket is gone: the agent closes it, the relay answers */
		oh_load_end(up);
		up->dead = 1;
		up->state = OH_UP_NEW;
		conn->upstream = 0;
		conn->seq--;
		conn->carried -= msg->size;
		oh_tell(OH_CTL_POOL_FULL, cookie, upstream, d->endpoint, OH_R_REDIRECT);
		return oh_pass(msg, conn, OH_R_REDIRECT);
	}
	oh_hit(&oh_listener_n, d->listener, 0);
	oh_hit(&oh_route_n, d->route, 0);
	oh_hit(&oh_cluster_n, d->cluster, 0);
	return verdict;
}

static __always_inline int oh_forced(void)
{
	const struct oh_knobs *knobs;
	__u32 zero = 0;

	knobs = bpf_map_lookup_elem(&oh_knobs, &zero);
	return knobs && knobs->force_relay;
}

SEC("sk_msg")
int oh_client_msg(struct sk_msg_md *msg)
{
	oh_ns start = bpf_ktime_get_ns();
	struct oh_conn *conn;
	struct sk_psock *inbox;
	struct tcp_sock *tp;
	struct oh_head *h;
	struct oh_sk *sk;
	oh_cookie cookie;
	__u32 reason;
	int verdict;

	if (!msg->sk)
		return SK_PASS;
	sk = bpf_sk_storage_get(&oh_sk, msg->sk, 0, 0);
	tp = (struct tcp_sock *)bpf_skc_to_tcp_sock(msg->sk);
	if (!sk || !tp)
		return SK_PASS;
	cookie = sk->cookie;
	conn = bpf_map_lookup_elem(&oh_conn, &cookie);
	if (!conn)
		return SK_PASS;

	switch (conn->state) {
	case OH_CONN_WAIT:
		if (__sync_val_compare_and_swap(&conn->state, OH_CONN_WAIT, OH_CONN_PIPELINED) ==
		    OH_CONN_WAIT) {
			conn->passed += msg->size;
			oh_count(OH_R_PIPELINED);
			return SK_PASS;
		}
		break;
	case OH_CONN_PIPELINED:
		conn->passed += msg->size;
		return SK_PASS;
	case OH_CONN_RELAY:
		if (!oh_released(tp, cookie, conn)) {
			/* this one was not decided: the relay must not take what the last one drew */
			conn->random = 0;
			conn->passed += msg->size;
			return SK_PASS;
		}
		bpf_map_delete_elem(&oh_release, &cookie);
		oh_count(OH_R_RELEASED);
		break;
	}
	conn->random = 0;
	if (conn->state == OH_CONN_PIPELINED || oh_forced())
		return oh_pass(msg, conn, OH_R_FORCED);
	/* nor may a client that does not read fill memory with answers */
	inbox = oh_psock(tp);
	if (!oh_inbox_empty(inbox))
		return oh_pass(msg, conn, OH_R_PIPELINED);
	conn->inbox = (__u64)inbox;

	h = oh_scratch_claim();
	if (!h)
		return oh_pass(msg, conn, OH_R_BUSY);
	if (oh_load_message(msg, h)) {
		h->source = sk->source;
		oh_parse_head(h);
		reason = oh_request_reason(h);
	} else {
		reason = OH_R_HEAD_SPLIT;
	}
	if (!reason) {
		if (h->content_length > oh_budget)
			reason = OH_R_REQUEST_LARGE;
		else if (h->head_len + h->content_length > msg->size)
			reason = OH_R_HEAD_SPLIT;
		else if (h->head_len + h->content_length < msg->size)
			reason = OH_R_PIPELINED;
	}
	verdict =
		reason ? oh_pass(msg, conn, reason) : oh_carry_request(msg, conn, cookie, h, start);
	oh_scratch_free(h);
	return verdict;
}

#endif
