/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Connections come and go: of workloads (both sides) and of the agent. */
#ifndef ONEHOP_SOCKOPS_H
#define ONEHOP_SOCKOPS_H

#include "address.h"
#include "count.h"
#include "queues.h"

static __always_inline void oh_describe(struct oh_event *ev, const struct oh_sk *sk,
					const struct oh_tuple *t)
{
	ev->cookie = sk->cookie;
	ev->workload = sk->workload;
	ev->client_ip = t->local_ip;
	ev->client_port = t->local_port;
	ev->vip = sk->vip;
	ev->vip_port = sk->vip_port;
	ev->start = sk->start;
	ev->d = sk->d;
}

/* A workload's connect() to a listener's address is through. */
static __always_inline void oh_client_open(struct bpf_sock_ops *ops, struct oh_sk *sk)
{
	static const struct oh_conn empty;
	struct oh_tuple t;
	struct oh_conn *conn;
	oh_cookie cookie = sk->cookie;

	oh_sockops_tuple(ops, &t);
	bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG);
	if (bpf_map_update_elem(&oh_conn, &cookie, &empty, BPF_ANY)) {
		oh_count(OH_R_MAP_FULL);
		return;
	}
	conn = bpf_map_lookup_elem(&oh_conn, &cookie);
	if (!conn)
		return;
	oh_describe(&conn->ev, sk, &t);
	if (oh_event_wanted(cookie, 0)) {
		conn->ev.type = OH_EV_OPEN;
		conn->ev.end = bpf_ktime_get_ns();
		oh_emit(&conn->ev);
		conn->ev.end = 0;
	}
	if (sk->d.path == OH_PATH_DIRECT) {
		oh_load_add(sk->d.endpoint, 1);
		return;
	}
	oh_crowd(1);
	oh_bound_unsent(ops);
	bpf_map_update_elem(&oh_tuple, &t, &cookie, BPF_ANY);
	if (sk->d.path == OH_PATH_RELAY) {
		conn->state = OH_CONN_RELAY;
		return;
	}
	if (bpf_sock_hash_update(ops, &oh_client_s, &cookie, BPF_ANY)) {
		conn->state = OH_CONN_RELAY;
		oh_count(OH_R_MAP_FULL);
	}
}

/* Did the connection end otherwise than by FIN both ways? */
static __always_inline int oh_was_reset(const struct bpf_sock_ops *ops)
{
	__u32 before = ops->args[0];

	return before == BPF_TCP_ESTABLISHED || before == BPF_TCP_CLOSE_WAIT ||
	       before == BPF_TCP_FIN_WAIT1;
}

static __always_inline void oh_client_close(struct bpf_sock_ops *ops, struct oh_sk *sk)
{
	oh_cookie cookie = sk->cookie;
	struct oh_conn *conn = bpf_map_lookup_elem(&oh_conn, &cookie);
	struct oh_tuple t;

	if (!conn || conn->closed)
		return;
	conn->closed = bpf_ktime_get_ns();
	oh_sockops_tuple(ops, &t);
	if (sk->d.path == OH_PATH_DIRECT) {
		oh_load_add(sk->d.endpoint, -1);
	} else {
		oh_crowd(-1);
		bpf_map_delete_elem(&oh_tuple, &t);
	}
	if (oh_event_wanted(cookie, 0)) {
		/* of its own: the record of a request in flight must stay for the relay */
		struct oh_event *ev = bpf_ringbuf_reserve(&oh_events, sizeof(*ev), 0);

		if (ev) {
			__builtin_memset(ev, 0, sizeof(*ev));
			oh_describe(ev, sk, &t);
			ev->type = OH_EV_CLOSE;
			ev->seq = conn->seq + conn->relayed;
			ev->end = conn->closed;
			/* what programs redirected is not in TCP's own counts */
			ev->req_bytes = ops->bytes_acked + conn->carried;
			ev->resp_bytes = ops->bytes_received + conn->delivered;
			bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
		} else {
			oh_count(OH_R_EVENT_LOST);
		}
	}
	if (conn->state == OH_CONN_WAIT || conn->state == OH_CONN_PIPELINED) {
		oh_count(OH_R_CLIENT_GONE);
		oh_tell(oh_was_reset(ops) ? OH_CTL_CLIENT_RESET : OH_CTL_CLIENT_LOST, cookie,
			conn->upstream, conn->ev.d.endpoint, OH_R_CLIENT_GONE);
	}
}

/* The cookie of the socket at the other end of an accepted connection; 0: it is not one of ours. */
static __always_inline oh_cookie oh_opener(struct bpf_sock_ops *ops)
{
	struct oh_tuple own, t = {};
	const oh_cookie *cookie;

	oh_sockops_tuple(ops, &own);
	t.local_ip = own.remote_ip;
	t.remote_ip = own.local_ip;
	t.local_port = own.remote_port;
	t.remote_port = own.local_port;
	cookie = bpf_map_lookup_elem(&oh_tuple, &t);
	return cookie ? *cookie : 0;
}

/* The other end of a pooled connection is a workload of this node: join the sockets. */
static __always_inline void oh_server_open(struct bpf_sock_ops *ops)
{
	struct oh_up *up;
	struct oh_sk *sk;
	oh_cookie key = oh_opener(ops);

	up = bpf_map_lookup_elem(&oh_up, &key);
	if (!up || !ops->sk)
		return;
	sk = bpf_sk_storage_get(&oh_sk, ops->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!sk)
		return;
	sk->cookie = key;
	oh_bound_unsent(ops);
	if (!bpf_sock_hash_update(ops, &oh_server_s, &key, BPF_ANY))
		up->joined = 1;
}

SEC("sockops")
int oh_workload_ops(struct bpf_sock_ops *ops)
{
	struct oh_sk *sk;

	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		if (!ops->sk)
			break;
		sk = bpf_sk_storage_get(&oh_sk, ops->sk, 0, 0);
		if (sk && sk->d.path != OH_PATH_DIRECT)
			oh_bound_client(ops);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		if (!ops->sk)
			break;
		sk = bpf_sk_storage_get(&oh_sk, ops->sk, 0, 0);
		if (sk)
			oh_client_open(ops, sk);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		if (oh_from_agent(ops))
			oh_bound_server(ops);
		oh_server_open(ops);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		if (ops->args[1] != BPF_TCP_CLOSE || !ops->sk)
			break;
		sk = bpf_sk_storage_get(&oh_sk, ops->sk, 0, 0);
		if (sk)
			oh_client_close(ops, sk);
		break;
	}
	return 1;
}

/* The agent opens a connection to an endpoint: known by its cookie before the server sees it. */
static __always_inline void oh_upstream_open(struct bpf_sock_ops *ops)
{
	oh_cookie cookie = bpf_get_socket_cookie(ops);
	struct oh_up up = {};
	struct oh_tuple t;

	oh_sockops_tuple(ops, &t);
	if (bpf_map_update_elem(&oh_up, &cookie, &up, BPF_ANY)) {
		oh_count(OH_R_MAP_FULL);
		return;
	}
	bpf_map_update_elem(&oh_tuple, &t, &cookie, BPF_ANY);
	bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG);
}

/*
 * A client's connection comes to the agent. Noted by the socket's cookie: when
 * the agent comes to accept it, the client may have gone, and its address with it.
 */
static __always_inline void oh_anchor_open(struct bpf_sock_ops *ops)
{
	oh_cookie own = bpf_get_socket_cookie(ops);
	oh_cookie client = oh_opener(ops);
	struct oh_conn *conn = bpf_map_lookup_elem(&oh_conn, &client);

	if (!conn)
		return;
	if (bpf_map_update_elem(&oh_anchored, &own, &client, BPF_ANY)) {
		oh_count(OH_R_MAP_FULL);
		return;
	}
	conn->anchor = own;
	oh_bound_accepted(ops);
}

#define OH_RACE_NS 10000000ull

/*
 * A request is sent again only if the end must have been under way when the
 * request left: it came at once. A server that ends the connection later has
 * read the request, and with no mesh it would read it once.
 */
static __always_inline void oh_forget_request(struct bpf_sock_ops *ops, struct oh_up *up,
					      oh_cookie cookie, oh_ns start)
{
	__u64 limit = OH_RACE_NS + 2 * (ops->srtt_us >> 3) * 1000ull;

	if (!up->kept || bpf_ktime_get_ns() - start < limit)
		return;
	up->kept = 0;
	bpf_map_delete_elem(&oh_replay, &cookie);
}

/* The server ended the connection before its response was complete: the agent sees the client through. */
static __always_inline void oh_upstream_lost(struct bpf_sock_ops *ops, struct oh_up *up,
					     oh_cookie cookie)
{
	oh_cookie client = up->client;
	struct oh_conn *conn = bpf_map_lookup_elem(&oh_conn, &client);

	if (conn && conn->upstream == cookie) {
		oh_forget_request(ops, up, cookie, conn->ev.start);
		conn->state = OH_CONN_RELAY;
	}
	oh_load_end(up);
	oh_count(OH_R_UPSTREAM_GONE);
	oh_tell(OH_CTL_UPSTREAM_LOST, client, cookie, up->endpoint, OH_R_UPSTREAM_GONE);
}

static __always_inline void oh_upstream_state(struct bpf_sock_ops *ops)
{
	oh_cookie cookie = bpf_get_socket_cookie(ops);
	struct oh_up *up = bpf_map_lookup_elem(&oh_up, &cookie);
	struct oh_tuple t;

	if (!up || (ops->args[1] != BPF_TCP_CLOSE && ops->args[1] != BPF_TCP_CLOSE_WAIT))
		return;
	if (!up->dead) {
		if (up->state == OH_UP_BUSY)
			oh_upstream_lost(ops, up, cookie);
		else if (up->state != OH_UP_HANDED && ops->args[0] == BPF_TCP_ESTABLISHED)
			oh_tell(OH_CTL_UPSTREAM_ENDED, 0, cookie, up->endpoint, OH_R_STALE_POOL);
	}
	up->dead = 1;
	if (ops->args[1] != BPF_TCP_CLOSE)
		return;
	up->closed = bpf_ktime_get_ns();
	oh_sockops_tuple(ops, &t);
	bpf_map_delete_elem(&oh_tuple, &t);
}

SEC("sockops")
int oh_agent_ops(struct bpf_sock_ops *ops)
{
	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		oh_bound_anchor(ops);
		break;
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		oh_bound_upstream(ops);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		oh_upstream_open(ops);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		oh_anchor_open(ops);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		oh_upstream_state(ops);
		break;
	}
	return 1;
}

#endif
