/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a weighted split to a cluster, from a cluster to an endpoint, as Envoy
 * chooses: tier (priority) -> group (locality) -> endpoint. What of it depends
 * on configuration and health alone is worked out before, in core/src/balance.
 */
#ifndef ONEHOP_BALANCE_H
#define ONEHOP_BALANCE_H

#include "hash.h"
#include "ip.h"
#include "reasons.h"
#include "version.h"

#define OH_SEARCH_STEPS 21 /* halvings of the longest list */

struct oh_search_ctx {
	__u32 off;
	__u32 low;
	__u32 high; /* the entry is in [low, high] */
	__u64 want;
};

static int oh_search_share(__u32 i, void *data)
{
	struct oh_search_ctx *ctx = data;
	__u32 middle = (ctx->low + ctx->high) / 2;
	const struct oh_share *s;

	if (ctx->low >= ctx->high)
		return 1;
	s = oh_share_at(ctx->off + middle);
	if (!s)
		return 1;
	if (s->upto > ctx->want)
		ctx->high = middle;
	else
		ctx->low = middle + 1;
	return 0;
}

/* The place in a range of oh_share, of n entries, where `want` falls; below the range's total. */
static __always_inline __u32 oh_share_find(__u32 off, __u32 n, __u32 want)
{
	struct oh_search_ctx ctx = {.off = off, .high = n - 1, .want = want};

	OH_LOOP(OH_SEARCH_STEPS, oh_search_share, &ctx);
	return ctx.low;
}

static int oh_search_ring(__u32 i, void *data)
{
	struct oh_search_ctx *ctx = data;
	__u32 middle = (ctx->low + ctx->high) / 2;
	const struct oh_ring *point;

	if (ctx->low >= ctx->high)
		return 1;
	point = oh_ring_at(ctx->off + middle);
	if (!point)
		return 1;
	if (point->hash >= ctx->want)
		ctx->high = middle;
	else
		ctx->low = middle + 1;
	return 0;
}

/* The first point of a ring of n that is not before the hash; behind the last comes the first. */
static __always_inline __u32 oh_ring_find(__u32 off, __u32 n, __u64 hash)
{
	struct oh_search_ctx ctx = {.off = off, .high = n, .want = hash};

	OH_LOOP(OH_SEARCH_STEPS, oh_search_ring, &ctx);
	return ctx.low < n ? ctx.low : 0;
}

static __always_inline __u64 oh_random64(void)
{
	return (__u64)oh_random() << 32 | oh_random();
}

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

/* Whose turn it is in a group; look: it stays his. */
static __always_inline __u64 oh_next_turn(oh_id group, int look)
{
	__u64 *turn = oh_turn_at(group);

	if (!turn)
		return 0;
	return look ? *turn : __sync_fetch_and_add(turn, 1);
}

/* The member whose turn it is, by weight. */
static __always_inline __u32 oh_weighted_turn(oh_id id, const struct oh_group *g, int look)
{
	__u32 total = g->total;
	__u64 place;

	if (!total)
		return 0;
	place = oh_next_turn(id, look) % total * g->step % total;
	return oh_share_find(g->off, g->n, place);
}

static __always_inline __u32 oh_under_way(const struct oh_group *g, __u32 at)
{
	const __u32 *id = oh_list_at(g->off + at);
	const __u32 *own = id ? oh_load_at(*id) : 0;
	const __u32 *relay = id ? oh_relay_load_at(*id) : 0;

	return own && relay ? *own + *relay : ~0u;
}

struct oh_least_ctx {
	const struct oh_group *g;
	__u32 at;
	__u32 load;
	__u32 ties;
	__u32 all;
};

/* LeastRequestLoadBalancer::unweightedHostPickNChoices() and FullScan */
static int oh_least_one(__u32 i, void *data)
{
	struct oh_least_ctx *ctx = data;
	__u32 n = ctx->g->n, at, load;

	if (!n)
		return 1;
	at = ctx->all ? i : oh_random() % n;
	load = oh_under_way(ctx->g, at);
	if (i && load > ctx->load)
		return 0;
	if (i && load == ctx->load) {
		/* of those that are alike all have the same chance; of a few choices the first stays */
		ctx->ties++;
		if (!ctx->all || oh_random() % ctx->ties)
			return 0;
	} else {
		ctx->ties = 1;
	}
	ctx->at = at;
	ctx->load = load;
	return 0;
}

static __always_inline __u32 oh_least(const struct oh_group *g)
{
	struct oh_least_ctx ctx = {.g = g, .all = !g->choices};
	__u32 n = g->choices ? g->choices : g->n;

	OH_LOOP(n, oh_least_one, &ctx);
	return ctx.at;
}

/* The endpoint that is a member of the group; 0: none. */
static __always_inline oh_id oh_member(const struct oh_group *g, __u32 at)
{
	const struct oh_share *s;
	const struct oh_ring *point;
	const __u32 *id;

	if (g->kind == OH_GROUP_WEIGHTED) {
		s = oh_share_at(g->off + at);
		return s ? s->id : 0;
	}
	if (g->kind == OH_GROUP_RING) {
		point = oh_ring_at(g->off + at);
		return point ? point->endpoint : 0;
	}
	id = g->kind == OH_GROUP_MAGLEV ? oh_maglev_at(g->off + at) : oh_list_at(g->off + at);
	return id ? *id : 0;
}

/* Sets turn and endpoint of d in the group of d, by d->hash. */
OH_GLOBAL int oh_choose(struct oh_decision *d, __u32 look)
{
	const struct oh_group *g;

	if (!d)
		return OH_R_NO_ENDPOINT;
	g = oh_group_at(d->group);
	if (!g || !g->n)
		return OH_R_NO_ENDPOINT;
	if (g->kind == OH_GROUP_LOCALITIES) {
		const struct oh_share *s;

		s = oh_share_at(g->off + oh_weighted_turn(d->group, g, look));
		d->group = s ? s->id : 0;
		g = oh_group_at(d->group);
		if (!g || !g->n)
			return OH_R_NO_ENDPOINT;
	}
	switch (g->kind) {
	case OH_GROUP_RANDOM:
	case OH_GROUP_MAGLEV:
		d->turn = d->hash % g->n;
		break;
	case OH_GROUP_WEIGHTED:
		d->turn = oh_weighted_turn(d->group, g, look);
		break;
	case OH_GROUP_LEAST:
		d->turn = oh_least(g);
		break;
	case OH_GROUP_RING:
		d->turn = oh_ring_find(g->off, g->n, d->hash);
		break;
	default:
		d->turn = oh_next_turn(d->group, look) % g->n;
	}
	d->endpoint = oh_member(g, d->turn);
	return d->endpoint ? OH_R_NONE : OH_R_NO_ENDPOINT;
}

/* Other numbers, as random, of the one that a request has (SplittableRandom's finalizer, MurmurHash3). */
static __always_inline __u64 oh_mixed(__u64 random)
{
	random = (random ^ random >> 33) * 0xff51afd7ed558ccdull;
	random = (random ^ random >> 33) * 0xc4ceb9fe1a85ec53ull;
	return random ^ random >> 33;
}

/*
 * d->hash: the hash of the request if it has one and the cluster goes by it,
 * else a random number. OH_R_NONE, or why the program cannot tell.
 */
static __always_inline __u32 oh_number(const struct oh_cluster_v *v, struct oh_head *h,
				       struct oh_decision *d, __u64 random)
{
	__u32 reason;

	d->hash = oh_mixed(random);
	if (!v->hashed || !h || !h->hash_n)
		return OH_R_NONE;
	reason = oh_hash_request(h);
	if (!reason && h->hashed)
		d->hash = h->request_hash;
	return reason;
}

/* Of a million requests `drop` are turned away. */
static __always_inline int oh_dropped(__u32 drop, __u64 random)
{
	return drop && oh_mixed(~random) % 1000000 < drop;
}

/* The endpoint of d in the cluster that v describes, but for drops. */
static __always_inline __u32 oh_balance_tiers(const struct oh_cluster_v *v, struct oh_head *h,
					      struct oh_decision *d, __u64 random, int look)
{
	const struct oh_share *tier;
	__u32 reason, at;

	reason = oh_number(v, h, d, random);
	if (reason)
		return reason;
	d->level = d->hash % 100;
	at = v->tiers.n > 1 ? oh_share_find(v->tiers.off, v->tiers.n, d->level) : 0;
	tier = v->tiers.n ? oh_share_at(v->tiers.off + at) : 0;
	if (!tier)
		return OH_R_NO_ENDPOINT;
	d->group = tier->id;
	return oh_choose(d, look);
}

/*
 * Sets the endpoint of d in cluster id, for the request in h (0: a connection).
 * OH_R_NONE, or why there is none. All that is drawn is drawn with random: who decides
 * again, as the relay, does it alike. look: only to see; whose turn it is stays.
 */
static __always_inline __u32 oh_balance_cluster(oh_id id, struct oh_head *h, struct oh_decision *d,
						__u64 random, int look)
{
	const struct oh_cluster *cluster = oh_cluster_at(id);
	const struct oh_cluster_v *v;

	d->cluster = id;
	if (!id || !cluster)
		return OH_R_NO_CLUSTER;
	v = OH_SEEN(cluster, d->gen);
	if (!v)
		return OH_R_NO_CLUSTER;
	if (oh_dropped(v->drop, random))
		return OH_R_DROPPED;
	return oh_balance_tiers(v, h, d, random, look);
}

/* As oh_balance_cluster(), of a cluster that random draws. */
static __always_inline __u32 oh_balance(const struct oh_range *split, struct oh_head *h,
					struct oh_decision *d, __u64 random, int look)
{
	return oh_balance_cluster(oh_draw_cluster(split, d, random), h, d, random, look);
}

#define OH_FAMILY_TRIES 8

/*
 * The endpoint of a direct connection must be of the socket's family: from the
 * one that was chosen, the next of the group that is. Without one d stays.
 */
static __always_inline void oh_match_family(struct oh_decision *d, int v6)
{
	const struct oh_group *g = oh_group_at(d->group);
	__u32 turn = d->turn;

	if (!g || !g->n)
		return;
	for (__u32 i = 0; i < OH_FAMILY_TRIES; i++) {
		__u32 at = (turn + i) % g->n;
		oh_id id = oh_member(g, at);
		const struct oh_endpoint *ep = oh_endpoint_at(id);

		if (i >= g->n || !ep)
			return;
		if (oh_ip_is4(&ep->ip) == v6)
			continue;
		d->endpoint = id;
		d->turn = at;
		return;
	}
}

/* As oh_balance(), for a socket that connects by itself. */
static __always_inline __u32 oh_balance_direct(const struct oh_range *split, struct oh_decision *d,
					       int v6, int look)
{
	__u32 reason = oh_balance(split, 0, d, oh_random64(), look);
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
