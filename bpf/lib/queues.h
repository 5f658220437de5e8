/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How much the sockets of relayed connections may hold. A response to a client
 * that does not read waits in four sockets, and TCP would give each of them
 * megabytes. What is not sent is kept short: it costs nobody any speed. What is
 * not read is kept short once there are many connections: each of them needs
 * little then.
 */
#ifndef ONEHOP_QUEUES_H
#define ONEHOP_QUEUES_H

#include "base.h"
#include "maps.h"

/* include/uapi/asm-generic/socket.h, linux/tcp.h */
#define OH_SOL_SOCKET 1
#define OH_SO_RCVBUF 8
#define OH_SOL_TCP 6
#define OH_TCP_WINDOW_CLAMP 10
#define OH_TCP_NOTSENT_LOWAT 25

#define OH_UNSENT 16384
#define OH_UNREAD 131072
#define OH_CROWD 64 /* clients of a node at once */
#define OH_UNREAD_IN_CROWD 16384
#define OH_UNREAD_SERVER 65536
#define OH_UNREAD_ANCHOR 65536
#define OH_UNREAD_ANCHOR_IN_CROWD 16384
#define OH_CLIENT_IN_CROWD 40960

static __always_inline int oh_crowd(int change)
{
	__u32 zero = 0;
	int *n = bpf_map_lookup_elem(&oh_clients_n, &zero);

	if (!n)
		return 0;
	if (change)
		__sync_fetch_and_add(n, change);
	return *n > OH_CROWD;
}

static __always_inline void oh_bound_unsent(struct bpf_sock_ops *ops)
{
	int bytes = OH_UNSENT;

	bpf_setsockopt(ops, OH_SOL_TCP, OH_TCP_NOTSENT_LOWAT, &bytes, sizeof(bytes));
}

/*
 * A program reads what comes before anybody asks for it, and TCP takes that for a fast reader: a
 * bound of its own. What is not sent stays unbounded here: a redirected request that finds no room is lost.
 */
static __always_inline void oh_bound_upstream(struct bpf_sock_ops *ops)
{
	int bytes = oh_crowd(0) ? OH_UNREAD_IN_CROWD : OH_UNREAD;

	bpf_setsockopt(ops, OH_SOL_SOCKET, OH_SO_RCVBUF, &bytes, sizeof(bytes));
}

/* Before the handshake, when the window is not promised yet. Redirected answers (OH_BUDGET) wait there, too. */
static __always_inline void oh_bound_client(struct bpf_sock_ops *ops)
{
	int bytes = OH_CLIENT_IN_CROWD;

	if (oh_crowd(0))
		bpf_setsockopt(ops, OH_SOL_SOCKET, OH_SO_RCVBUF, &bytes, sizeof(bytes));
}

/*
 * A request to a server that does not read must wait with the client. The window of this connection is
 * promised already, from the buffer that TCP begins with: that size stays.
 */
static __always_inline void oh_bound_server(struct bpf_sock_ops *ops)
{
	int bytes = OH_UNREAD_SERVER;

	bpf_setsockopt(ops, OH_SOL_SOCKET, OH_SO_RCVBUF, &bytes, sizeof(bytes));
	oh_bound_unsent(ops);
}

/* The anchor, before it accepts anybody: its connections begin with this. */
static __always_inline void oh_bound_anchor(struct bpf_sock_ops *ops)
{
	int bytes = OH_UNREAD_ANCHOR_IN_CROWD;

	bpf_setsockopt(ops, OH_SOL_SOCKET, OH_SO_RCVBUF, &bytes, sizeof(bytes));
}

/* A window that was small may grow; one that was promised must not shrink. */
static __always_inline void oh_bound_accepted(struct bpf_sock_ops *ops)
{
	int bytes = OH_UNREAD_ANCHOR;

	oh_bound_unsent(ops);
	if (oh_crowd(0))
		return;
	bpf_setsockopt(ops, OH_SOL_SOCKET, OH_SO_RCVBUF, &bytes, sizeof(bytes));
	bpf_setsockopt(ops, OH_SOL_TCP, OH_TCP_WINDOW_CLAMP, &bytes, sizeof(bytes));
}

/* Is the other end an agent, of this node or another one? */
static __always_inline int oh_from_agent(struct bpf_sock_ops *ops)
{
	struct oh_tuple t;

	oh_sockops_tuple(ops, &t);
	return !!bpf_map_lookup_elem(&oh_agent, &t.remote_ip);
}

#endif
