/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What was redirected to a client and is not read yet. The kernel keeps it
 * beside the TCP receive queue, in the socket's struct sk_psock
 * (include/linux/skmsg.h): data from other nodes first in `ingress_skb`, until
 * a worker (sk_psock_backlog(), net/core/skmsg.c) moves it to `ingress_msg`,
 * from where recv() takes it; data of the same node at once in `ingress_msg`.
 */
#ifndef ONEHOP_INBOX_H
#define ONEHOP_INBOX_H

#include "base.h"
#include "maps.h"

/* Only what we read; the offsets come from the running kernel's BTF. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct tcp_sock {
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u64 bytes_received;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

struct sock_common {
	refcount_t skc_refcnt;
};

struct sock {
	struct sock_common __sk_common;
	void *sk_user_data;
};

struct sk_buff {
	struct sock *sk;
	refcount_t users;
};

struct sk_buff_head {
	struct sk_buff *next;
	__u32 qlen;
};

struct list_head {
	struct list_head *next;
};

struct sk_psock_work_state {
	__u32 len;
};

struct sk_psock {
	struct sock *sk;
	struct sk_buff_head ingress_skb;
	struct list_head ingress_msg;
	refcount_t refcnt;
	struct sk_psock_work_state work_state;
};
#pragma clang attribute pop

#define OH_USER_DATA_FLAGS                                                                         \
	7ull /* SK_USER_DATA_* in the low bits of sk_user_data (include/net/sock.h) */

#define OH_READ(to, from) bpf_probe_read_kernel(&(to), sizeof(to), &(from))

#define OH_SEND_NS 1000000000ull /* no send() is kept longer from its last instructions */

/* What a program of another socket may look at; 0: there is none. */
static __always_inline struct sk_psock *oh_psock(const struct tcp_sock *tp)
{
	return (void *)((__u64)((const struct sock *)tp)->sk_user_data & ~OH_USER_DATA_FLAGS);
}

/*
 * Has the worker moved everything to where recv() finds it? It takes an skb off
 * its queue only after the reader may have had it: then the skb belongs to the
 * reader's socket already, and nobody but the queue holds it any more.
 */
static __always_inline int oh_inbox_settled(const struct sk_psock *psock)
{
	struct sock *owner = 0, *sk = 0;
	struct sk_buff *skb = 0;
	__u32 n = 2, again = 1;
	int users = 0;

	if (OH_READ(n, psock->ingress_skb.qlen) || n > 1)
		return 0;
	if (!n)
		return 1;
	if (OH_READ(skb, psock->ingress_skb.next) || OH_READ(owner, skb->sk) ||
	    OH_READ(users, skb->users.refs.counter) || OH_READ(sk, psock->sk) ||
	    OH_READ(again, psock->work_state.len))
		return 0;
	return owner == sk && users == 1 && !again;
}

/* Has the client read everything that was redirected to it? */
static __always_inline int oh_inbox_empty(const struct sk_psock *psock)
{
	struct list_head *first = 0;

	if (OH_READ(first, psock->ingress_msg.next) || first != &psock->ingress_msg)
		return 0;
	return oh_inbox_settled(psock);
}

/* How many hold the client's socket? 0: unknown. */
static __always_inline __u32 oh_inbox_holders(const struct sk_psock *psock)
{
	struct sock *sk = 0;
	__u32 n = 0;

	if (OH_READ(sk, psock->sk) || OH_READ(n, sk->__sk_common.skc_refcnt.refs.counter))
		return 0;
	return n;
}

/*
 * A program lets a message go before the kernel queues it, and the server may
 * be held up between the two. Has the answer before this one been queued? Until
 * then the server's send() holds the client's socket, and itself. (So do timers
 * and a thread in recv(): one of the two counts is as it was, mostly.)
 */
static __always_inline int oh_sender_done(const struct oh_conn *conn, __u32 own, oh_ns now)
{
	const struct sk_psock *sender = (void *)conn->sender;
	__u32 users = 2;

	if (!sender || (__s64)(now - conn->ev.end) > (__s64)OH_SEND_NS)
		return 1;
	if (oh_inbox_holders((void *)conn->inbox) - own <= conn->holders)
		return 1;
	return !OH_READ(users, sender->refcnt.refs.counter) && users <= 1;
}

/* Is everything that was redirected to the client where recv() finds it? */
static __always_inline int oh_settled(const struct oh_conn *conn, __u32 own)
{
	return oh_sender_done(conn, own, bpf_ktime_get_ns()) &&
	       oh_inbox_settled((void *)conn->inbox);
}

/*
 * The same, asked by the agent (BPF_PROG_TEST_RUN) with the client's cookie in
 * cb[0] and cb[1]: until then it must write nothing to this client.
 */
SEC("tc")
int oh_ask_settled(struct __sk_buff *skb)
{
	oh_cookie cookie = (__u64)skb->cb[1] << 32 | skb->cb[0];
	const struct oh_conn *conn = bpf_map_lookup_elem(&oh_conn, &cookie);
	struct bpf_sock *sk;
	int settled;

	/* holds the socket: what is looked at stays */
	sk = bpf_map_lookup_elem(&oh_client_s, &cookie);
	if (!sk)
		return 1;
	settled = !conn || !conn->inbox || oh_settled(conn, 1);
	bpf_sk_release(sk);
	return settled;
}

#endif
