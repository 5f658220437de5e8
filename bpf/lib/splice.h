/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests and responses of the kernel path.
 *
 * A request is carried when it is complete in one message: it is redirected
 * to an idle upstream connection (across nodes: out of that socket; on one
 * node: straight into the server's receive queue). The response is redirected
 * into the client's receive queue. Redirected data is not under TCP's flow
 * control, so only responses of a known size within the budget go this way;
 * any other is handed to the agent from its first byte.
 */
#ifndef ONEHOP_SPLICE_H
#define ONEHOP_SPLICE_H

#include "count.h"
#include "inbox.h"
#include "pool.h"
#include "router.h"
#include "scratch.h"

/* Copies the start of a request into h. Returns its length, 0 on failure. */
static __always_inline __u32 oh_load_request(struct sk_msg_md *msg, struct oh_head *h)
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
	reason = oh_decide(h, d);
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
	conn->ev.d = *d;
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
			conn->passed += msg->size;
			return SK_PASS;
		}
		bpf_map_delete_elem(&oh_release, &cookie);
		oh_count(OH_R_RELEASED);
		break;
	}
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
	if (oh_load_request(msg, h)) {
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

/* The last byte of the response is on its way to the client. */
static __always_inline void oh_complete(struct oh_conn *conn, oh_cookie client, struct oh_up *up,
					oh_cookie upstream, oh_ns now)
{
	if (conn) {
		conn->upstream = 0;
		conn->ev.end = now;
		if (conn->want_event)
			oh_emit(&conn->ev);
		if (__sync_val_compare_and_swap(&conn->state, OH_CONN_WAIT, OH_CONN_IDLE) !=
		    OH_CONN_WAIT) {
			/* the relay holds later requests: it may answer them now */
			conn->state = OH_CONN_RELAY;
			oh_tell(OH_CTL_IDLE, client, upstream, up->endpoint, OH_R_PIPELINED);
		}
	}
	oh_pool_return(up, upstream, now);
}

/* The agent carries the response from here on. */
static __always_inline int oh_hand_over(struct oh_conn *conn, oh_cookie client, struct oh_up *up,
					oh_cookie upstream, __u32 reason)
{
	oh_load_end(up);
	up->reason = reason;
	up->state = OH_UP_HANDED;
	if (conn) {
		conn->state = OH_CONN_RELAY;
		conn->ev.d.reason = reason;
	}
	oh_count(reason);
	oh_tell(OH_CTL_HANDOVER, client, upstream, up->endpoint, reason);
	return OH_R_PENDING;
}

/* Why the kernel must not carry this response; sets up->left when it may. */
static __always_inline __u32 oh_response_reason(const struct oh_conn *conn, struct oh_up *up,
						const struct oh_head *h, __u32 status)
{
	if (h->state != OH_S_DONE || h->flags & (OH_H_BAD | OH_H_COMPLEX) || !status)
		return OH_R_RESPONSE_HEAD;
	if (status < 200)
		return OH_R_RESPONSE_INTERIM;
	if (h->flags & OH_H_CLOSE)
		return OH_R_RESPONSE_CLOSE;
	if (h->flags & OH_H_UPGRADE)
		return OH_R_UPGRADE;
	if (conn->head_request || status == 204 || status == 304) {
		up->left = h->head_len;
		return OH_R_NONE;
	}
	if (h->flags & OH_H_CHUNKED || !(h->flags & OH_H_SIZED))
		return OH_R_RESPONSE_UNSIZED;
	if (h->content_length > oh_budget)
		return OH_R_RESPONSE_LARGE;
	up->left = h->head_len + h->content_length;
	return OH_R_NONE;
}

/*
 * May a response begin in the client's queue? An earlier one may still be on its
 * way there, when the client did not wait for it. Responses from other nodes
 * pass through one queue, in their order.
 */
static __always_inline int oh_in_order(const struct oh_conn *conn, const struct sk_psock *sender,
				       oh_ns now)
{
	if (conn->sender && conn->sender == (__u64)sender)
		return 1;
	return oh_sender_done(conn, 0, now) && (!sender || oh_inbox_settled((void *)conn->inbox));
}

/*
 * len bytes of a response of upstream, sent by sender (a server of this node); the
 * first ones are in h when the head is due. Returns OH_R_NONE: redirect them to
 * *client; else leave them to the agent.
 */
static __always_inline int oh_response(struct oh_up *up, oh_cookie upstream, struct oh_head *h,
				       __u32 len, const struct sk_psock *sender, oh_cookie *client)
{
	oh_ns now = bpf_ktime_get_ns();
	struct oh_conn *conn;
	__u32 reason, status;

	*client = up->client;
	conn = bpf_map_lookup_elem(&oh_conn, client);
	if (!conn || conn->closed || conn->upstream != upstream)
		return oh_hand_over(0, *client, up, upstream, OH_R_CLIENT_GONE);
	if (up->phase == OH_RESP_HEAD) {
		if (!h)
			return oh_hand_over(conn, *client, up, upstream, OH_R_BUSY);
		oh_parse_head(h);
		status = oh_response_status(h);
		reason = oh_response_reason(conn, up, h, status);
		if (!reason && up->left < len)
			reason = OH_R_RESPONSE_HEAD;
		if (!reason && !oh_in_order(conn, sender, now))
			reason = OH_R_PIPELINED;
		if (reason)
			return oh_hand_over(conn, *client, up, upstream, reason);
		conn->sender = (__u64)sender;
		conn->ev.status = status;
		conn->ev.first = now;
		up->phase = OH_RESP_BODY;
	}
	if (len > up->left)
		return oh_hand_over(conn, *client, up, upstream, OH_R_RESPONSE_HEAD);
	if (sender)
		conn->holders = oh_inbox_holders((void *)conn->inbox);
	up->left -= len;
	conn->ev.resp_bytes += len;
	conn->delivered += len;
	if (!up->left)
		oh_complete(conn, *client, up, upstream, now);
	return OH_R_NONE;
}

/* Same node: what a joined server sends goes straight to the client's socket. */
SEC("sk_msg")
int oh_server_msg(struct sk_msg_md *msg)
{
	struct oh_head *h = 0;
	struct tcp_sock *tp;
	struct oh_sk *sk;
	struct oh_up *up;
	oh_cookie upstream, client;
	int left;

	if (!msg->sk)
		return SK_PASS;
	sk = bpf_sk_storage_get(&oh_sk, msg->sk, 0, 0);
	tp = (struct tcp_sock *)bpf_skc_to_tcp_sock(msg->sk);
	if (!sk || !tp)
		return SK_PASS;
	upstream = sk->cookie;
	up = bpf_map_lookup_elem(&oh_up, &upstream);
	if (!up || up->state != OH_UP_BUSY)
		return SK_PASS;
	if (up->phase == OH_RESP_HEAD) {
		h = oh_scratch_claim();
		if (h && !oh_load_request(msg, h))
			h->len = 0;
	}
	left = oh_response(up, upstream, h, msg->size, oh_psock(tp), &client);
	if (h)
		oh_scratch_free(h);
	/* a client that is just gone must not become an error of the server's send() */
	if (!left && bpf_msg_redirect_hash(msg, &oh_client_s, &client, BPF_F_INGRESS) != SK_PASS)
		oh_count(OH_R_CLIENT_GONE);
	return SK_PASS;
}

/* A server speaks on a connection that carries nothing: no request may take it, the agent closes it. */
static __always_inline void oh_unasked(struct oh_up *up, oh_cookie upstream)
{
	if (up->state == OH_UP_HANDED || up->dead)
		return;
	up->dead = 1;
	oh_tell(OH_CTL_UPSTREAM_ENDED, 0, upstream, up->endpoint, OH_R_STALE_POOL);
}

/* Across nodes: what arrives on an upstream connection. */
SEC("sk_skb/stream_verdict")
int oh_upstream_skb(struct __sk_buff *skb)
{
	struct oh_head *h = 0;
	struct oh_up *up;
	oh_cookie upstream, client;
	__u32 n = skb->len;
	int left;

	/* a FIN without data: its reader must see the end, not an empty message */
	if (!skb->len)
		return SK_PASS;
	upstream = bpf_get_socket_cookie(skb);
	up = bpf_map_lookup_elem(&oh_up, &upstream);
	if (!up)
		return SK_PASS;
	if (up->state != OH_UP_BUSY) {
		oh_unasked(up, upstream);
		return SK_PASS;
	}
	if (up->phase == OH_RESP_HEAD) {
		h = oh_scratch_claim();
		if (h) {
			/* one less than n: Linux 6.1 does not learn from n != 0 that n >= 1 */
			n--;
			if (n > OH_MASK)
				n = OH_MASK;
			oh_barrier(n);
			h->len = 0;
			if (!bpf_skb_load_bytes(skb, 0, h->data, n + 1))
				h->len = n + 1;
		}
	}
	left = oh_response(up, upstream, h, skb->len, 0, &client);
	if (h)
		oh_scratch_free(h);
	if (!left && bpf_sk_redirect_hash(skb, &oh_client_s, &client, BPF_F_INGRESS) != SK_PASS)
		oh_count(OH_R_CLIENT_GONE);
	return SK_PASS;
}

#endif
