/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a weighted split to a cluster, from a cluster to an endpoint. */
#ifndef ONEHOP_BALANCE_H
#define ONEHOP_BALANCE_H

#include "ip.h"
#include "reasons.h"
#include "version.h"

struct oh_draw_ctx {
	__u32 off;
	__u32 draw;
	oh_id cluster;
};

static int oh_draw_one(__u32 i, void *data)
{
	struct oh_draw_ctx *ctx = data;
	const struct oh_split *s = oh_split_at(ctx->off + i);

	if (!s)
		return 1;
	if (ctx->draw >= s->upto)
		return 0;
	ctx->cluster = s->cluster;
	return 1;
}

static __always_inline __u64 oh_random64(void)
{
	return (__u64)oh_random() << 32 | oh_random();
}

/* Draws a cluster by weight: exactly weight / total of the 2^64 random numbers, give or take one. */
static __always_inline oh_id oh_draw_cluster(const struct oh_range *split, struct oh_decision *d,
					     __u64 random)
{
	struct oh_draw_ctx ctx = {.off = split->off};
	__u32 n = split->n;

	if (!split->total || n > OH_SPLIT_MAX)
		return 0;
	ctx.draw = random % split->total;
	d->draw = ctx.draw;
	OH_LOOP(n, oh_draw_one, &ctx);
	return ctx.cluster;
}

/*
 * Sets cluster and endpoint of d. OH_R_NONE, OH_R_NO_CLUSTER or OH_R_NO_ENDPOINT.
 * look: only to see; whose turn it is stays.
 */
static __always_inline __u32 oh_balance_cluster(oh_id id, struct oh_decision *d, int look)
{
	const struct oh_cluster *cluster;
	const struct oh_cluster_v *v;
	const __u32 *endpoint;
	__u64 *turn;
	__u32 at;

	d->cluster = id;
	cluster = oh_cluster_at(d->cluster);
	if (!d->cluster || !cluster)
		return OH_R_NO_CLUSTER;
	v = OH_SEEN(cluster, d->gen);
	if (!v)
		return OH_R_NO_CLUSTER;
	if (!v->ep_n)
		return OH_R_NO_ENDPOINT;
	if (v->lb == OH_LB_RANDOM) {
		at = (__u64)oh_random() * v->ep_n >> 32;
	} else {
		turn = oh_turn_at(d->cluster);
		if (!turn)
			return OH_R_NO_CLUSTER;
		at = (look ? *turn : __sync_fetch_and_add(turn, 1)) % v->ep_n;
	}
	d->turn = at;
	endpoint = oh_list_at(v->ep_off + at);
	if (!endpoint || !*endpoint)
		return OH_R_NO_ENDPOINT;
	d->endpoint = *endpoint;
	return OH_R_NONE;
}

/* As oh_balance_cluster(), of a cluster that random draws. */
static __always_inline __u32 oh_balance(const struct oh_range *split, struct oh_decision *d,
					__u64 random, int look)
{
	return oh_balance_cluster(oh_draw_cluster(split, d, random), d, look);
}

#define OH_FAMILY_TRIES 8

/*
 * The endpoint of a direct connection must be of the socket's family: from the
 * one whose turn it is, the next of the cluster that is. Without one d stays.
 */
static __always_inline void oh_match_family(struct oh_decision *d, int v6)
{
	const struct oh_cluster *cluster = oh_cluster_at(d->cluster);
	const struct oh_cluster_v *v = cluster ? OH_SEEN(cluster, d->gen) : 0;
	__u32 turn = d->turn;

	if (!v || !v->ep_n)
		return;
	for (__u32 i = 0; i < OH_FAMILY_TRIES; i++) {
		__u32 at = (turn + i) % v->ep_n;
		const __u32 *id = oh_list_at(v->ep_off + at);
		const struct oh_endpoint *ep = id ? oh_endpoint_at(*id) : 0;

		if (i >= v->ep_n || !ep)
			return;
		if (oh_ip_is4(&ep->ip) == v6)
			continue;
		d->endpoint = *id;
		d->turn = at;
		return;
	}
}

/* As oh_balance(), for a socket that connects by itself. */
static __always_inline __u32 oh_balance_direct(const struct oh_range *split, struct oh_decision *d,
					       int v6, int look)
{
	__u32 reason = oh_balance(split, d, oh_random64(), look);
	const struct oh_endpoint *ep;

	if (reason)
		return reason;
	oh_match_family(d, v6);
	ep = oh_endpoint_at(d->endpoint);
	/* an IPv4 socket cannot reach IPv6; the other way round ::ffff:a.b.c.d does it */
	if (!ep || (!v6 && !oh_ip_is4(&ep->ip)))
		return OH_R_NO_ENDPOINT;
	return OH_R_NONE;
}

#endif
