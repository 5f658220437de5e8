/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * connect() of a workload. A TCP listener is decided here: the address becomes
 * the endpoint's, and nothing of ours is on the way any more (direct). An HTTP
 * listener is decided per request: the connection goes to the agent's anchor
 * on the workload's own address, so that getsockname() still shows the
 * workload, and getpeername() is answered with the address that was meant.
 */
#ifndef ONEHOP_CONNECT_H
#define ONEHOP_CONNECT_H

#include "address.h"
#include "count.h"
#include "router.h"

#define OH_IPPROTO_TCP 6
#define OH_ECONNREFUSED 111

struct oh_sockaddr_in {
	__u16 family;
	__u16 port;
	__u32 addr;
	__u8 pad[8];
};

struct oh_sockaddr_in6 {
	__u16 family;
	__u16 port;
	__u32 flowinfo;
	__u32 addr[4];
	__u32 scope;
};

static __always_inline void oh_set_destination(struct bpf_sock_addr *ctx, const oh_ip *ip,
					       oh_port port, int v6)
{
	if (v6) {
		ctx->user_ip6[0] = oh_ip_word(ip, 0);
		ctx->user_ip6[1] = oh_ip_word(ip, 1);
		ctx->user_ip6[2] = oh_ip_word(ip, 2);
		ctx->user_ip6[3] = oh_ip_word(ip, 3);
	} else {
		ctx->user_ip4 = oh_ip_word(ip, 3);
	}
	ctx->user_port = bpf_htons(port);
}

/* The workload speaks from its own address, whatever the node's primary one is. */
static __always_inline void oh_bind_source(struct bpf_sock_addr *ctx, const oh_ip *ip, int v6)
{
	if (v6) {
		struct oh_sockaddr_in6 sa = {.family = OH_AF_INET6};

		sa.addr[0] = oh_ip_word(ip, 0);
		sa.addr[1] = oh_ip_word(ip, 1);
		sa.addr[2] = oh_ip_word(ip, 2);
		sa.addr[3] = oh_ip_word(ip, 3);
		bpf_bind(ctx, (struct sockaddr *)&sa, sizeof(sa));
	} else {
		struct oh_sockaddr_in sa = {.family = OH_AF_INET, .addr = oh_ip_word(ip, 3)};

		bpf_bind(ctx, (struct sockaddr *)&sa, sizeof(sa));
	}
}

static __always_inline int oh_is_bound(struct bpf_sock_addr *ctx, int v6)
{
	struct bpf_sock *sk = ctx->sk;

	if (!sk)
		return 1;
	return v6 ? sk->src_ip6[0] | sk->src_ip6[1] | sk->src_ip6[2] | sk->src_ip6[3] : sk->src_ip4;
}

static __always_inline int oh_refuse(__u32 reason)
{
	oh_count(reason);
	bpf_set_retval(-OH_ECONNREFUSED);
	return 0;
}

static __always_inline int oh_connect(struct bpf_sock_addr *ctx, const oh_ip *dst, int v6)
{
	__u64 cgroup = bpf_get_current_cgroup_id();
	const struct oh_workload *w = bpf_map_lookup_elem(&oh_workload, &cgroup);
	const struct oh_listener *listener;
	const struct oh_listener_v *lv;
	const struct oh_endpoint *ep;
	struct oh_sk *sk;
	oh_port port = bpf_ntohs(ctx->user_port);
	__u32 gen = oh_generation();
	const oh_ip *own;
	oh_id id;
	__u32 reason;
	int four;

	if (ctx->protocol != OH_IPPROTO_TCP || !w)
		return 1;
	own = v6 ? &w->ip6 : &w->ip4;
	id = oh_find_listener(dst, port, gen);
	listener = oh_listener_at(id);
	lv = id && listener ? OH_SEEN(listener, gen) : 0;
	if (!lv) {
		if (!oh_ip_is_zero(own) && dst->b[v6 ? 0 : 12] != (v6 ? 0 : 127))
			oh_bind_source(ctx, own, v6);
		return 1;
	}

	sk = bpf_sk_storage_get(&oh_sk, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!sk)
		return oh_refuse(OH_R_MAP_FULL);
	sk->cookie = bpf_get_socket_cookie(ctx);
	sk->vip = *dst;
	sk->vip_port = port;
	sk->listener = id;
	sk->workload = w->id;
	sk->gen = gen;
	sk->start = bpf_ktime_get_ns();
	/* a socket that was bound before may speak from another address */
	sk->source = oh_is_bound(ctx, v6) ? 0 : v6 ? w->hash6 : w->hash4;
	sk->d.gen = gen;
	sk->d.listener = id;
	sk->d.path = lv->path;
	sk->d.reason = lv->reason;

	if (lv->path != OH_PATH_DIRECT) {
		if (oh_ip_is_zero(own))
			return oh_refuse(OH_R_NO_LISTENER);
		oh_set_destination(ctx, own, oh_anchor_port, v6);
		return 1;
	}

	reason = oh_balance_direct(&lv->split, &sk->d, v6, 0);
	sk->d.reason = reason;
	ep = oh_endpoint_at(sk->d.endpoint);
	if (reason || !ep)
		return oh_refuse(reason ? reason : OH_R_NO_ENDPOINT);
	four = oh_ip_is4(&ep->ip);
	oh_set_destination(ctx, &ep->ip, ep->port, v6);
	oh_hit(&oh_listener_n, id, 0);
	oh_hit(&oh_cluster_n, sk->d.cluster, 0);
	if (!oh_ip_is_zero(own) && four != v6)
		oh_bind_source(ctx, own, v6);
	return 1;
}

SEC("cgroup/connect4")
int oh_connect4(struct bpf_sock_addr *ctx)
{
	oh_ip dst;

	oh_ip_from4(&dst, ctx->user_ip4);
	return oh_connect(ctx, &dst, 0);
}

SEC("cgroup/connect6")
int oh_connect6(struct bpf_sock_addr *ctx)
{
	oh_ip dst;

	oh_ip_from6(&dst, ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]);
	return oh_connect(ctx, &dst, 1);
}

static __always_inline int oh_getpeername(struct bpf_sock_addr *ctx, int v6)
{
	const struct oh_sk *sk;

	if (!ctx->sk)
		return 1;
	sk = bpf_sk_storage_get(&oh_sk, ctx->sk, 0, 0);
	if (sk && sk->vip_port)
		oh_set_destination(ctx, &sk->vip, sk->vip_port, v6);
	return 1;
}

SEC("cgroup/getpeername4")
int oh_peername4(struct bpf_sock_addr *ctx)
{
	return oh_getpeername(ctx, 0);
}

SEC("cgroup/getpeername6")
int oh_peername6(struct bpf_sock_addr *ctx)
{
	return oh_getpeername(ctx, 1);
}

#endif
