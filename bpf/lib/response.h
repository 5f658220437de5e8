/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Responses of the kernel path: redirected into the client's receive queue.
 * Redirected data is not under TCP's flow control, so only responses of a
 * known size within the budget go this way; any other is handed to the agent
 * from its first byte.
 */
#ifndef ONEHOP_RESPONSE_H
#define ONEHOP_RESPONSE_H

#include "count.h"
#include "inbox.h"
#include "pool.h"
#include "scratch.h"

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

/* Bytes of a response, and where they belong. */
struct oh_piece {
	struct oh_up *up;
	oh_cookie upstream;
	oh_cookie client;
	struct oh_conn *conn;
	oh_ns now;
	__u32 len;
};

/*
 * p->len bytes of a response of p->upstream, sent by sender (a server of this
 * node); the first ones are in h when the head is due. Returns OH_R_NONE: redirect
 * them to p->client, then oh_redirected(); else leave them to the agent.
 */
static __always_inline int oh_response(struct oh_piece *p, struct oh_head *h,
				       const struct sk_psock *sender)
{
	struct oh_up *up = p->up;
	struct oh_conn *conn;
	__u32 reason, status;

	p->now = bpf_ktime_get_ns();
	p->client = up->client;
	conn = bpf_map_lookup_elem(&oh_conn, &p->client);
	p->conn = conn;
	if (!conn || conn->closed || conn->upstream != p->upstream)
		return oh_hand_over(0, p->client, up, p->upstream, OH_R_CLIENT_GONE);
	if (up->phase == OH_RESP_HEAD) {
		if (!h)
			return oh_hand_over(conn, p->client, up, p->upstream, OH_R_BUSY);
		oh_parse_head(h);
		status = oh_response_status(h);
		reason = oh_response_reason(conn, up, h, status);
		if (!reason && up->left < p->len)
			reason = OH_R_RESPONSE_HEAD;
		if (!reason && !oh_in_order(conn, sender, p->now))
			reason = OH_R_PIPELINED;
		if (reason)
			return oh_hand_over(conn, p->client, up, p->upstream, reason);
		conn->sender = (__u64)sender;
		conn->ev.status = status;
		conn->ev.first = p->now;
		up->phase = OH_RESP_BODY;
	}
	if (p->len > up->left)
		return oh_hand_over(conn, p->client, up, p->upstream, OH_R_RESPONSE_HEAD);
	if (sender)
		conn->holders = oh_inbox_holders((void *)conn->inbox);
	return OH_R_NONE;
}

/*
 * After the redirect. Where it failed, the client has just closed its socket, and the
 * bytes stay on the upstream connection: nobody else may have it, or they would be
 * taken for the answer to its next request.
 */
static __always_inline void oh_redirected(struct oh_piece *p, int verdict)
{
	struct oh_conn *conn = p->conn;
	struct oh_up *up = p->up;

	if (!conn)
		return;
	if (verdict != SK_PASS) {
		oh_hand_over(conn, p->client, up, p->upstream, OH_R_CLIENT_GONE);
		return;
	}
	up->left -= p->len;
	conn->ev.resp_bytes += p->len;
	conn->delivered += p->len;
	if (!up->left)
		oh_complete(conn, p->client, up, p->upstream, p->now);
}

/* Same node: what a joined server sends goes straight to the client's socket. */
SEC("sk_msg")
int oh_server_msg(struct sk_msg_md *msg)
{
	struct oh_head *h = 0;
	struct tcp_sock *tp;
	struct oh_piece p = {};
	struct oh_sk *sk;
	struct oh_up *up;
	int left;

	if (!msg->sk)
		return SK_PASS;
	sk = bpf_sk_storage_get(&oh_sk, msg->sk, 0, 0);
	tp = (struct tcp_sock *)bpf_skc_to_tcp_sock(msg->sk);
	if (!sk || !tp)
		return SK_PASS;
	p.upstream = sk->cookie;
	up = bpf_map_lookup_elem(&oh_up, &p.upstream);
	if (!up || up->state != OH_UP_BUSY)
		return SK_PASS;
	if (up->phase == OH_RESP_HEAD) {
		h = oh_scratch_claim();
		if (h && !oh_load_message(msg, h))
			h->len = 0;
	}
	p.up = up;
	p.len = msg->size;
	left = oh_response(&p, h, oh_psock(tp));
	if (h)
		oh_scratch_free(h);
	/* a client that is just gone must not become an error of the server's send() */
	if (!left)
		oh_redirected(&p,
			      bpf_msg_redirect_hash(msg, &oh_client_s, &p.client, BPF_F_INGRESS));
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
	struct oh_piece p = {};
	struct oh_up *up;
	__u32 n = skb->len;
	int left;

	/* a FIN without data: its reader must see the end, not an empty message */
	if (!skb->len)
		return SK_PASS;
	p.upstream = bpf_get_socket_cookie(skb);
	up = bpf_map_lookup_elem(&oh_up, &p.upstream);
	if (!up)
		return SK_PASS;
	if (up->state != OH_UP_BUSY) {
		oh_unasked(up, p.upstream);
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
	p.up = up;
	p.len = skb->len;
	left = oh_response(&p, h, 0);
	if (h)
		oh_scratch_free(h);
	if (!left)
		oh_redirected(&p,
			      bpf_sk_redirect_hash(skb, &oh_client_s, &p.client, BPF_F_INGRESS));
	return SK_PASS;
}

#endif
