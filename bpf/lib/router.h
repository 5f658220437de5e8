/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The meaning of a configuration: address -> listener, and for HTTP
 * Host -> virtual host -> route -> cluster -> endpoint, as Envoy orders it.
 * One source for the kernel, the wasm build (relay, editor) and the native
 * build; it does not know who calls it.
 */
#ifndef ONEHOP_ROUTER_H
#define ONEHOP_ROUTER_H

#include "balance.h"
#include "match.h"
#include "reasons.h"

/* The listener of an address in generation gen, else of the wildcard address; 0: none. */
static __always_inline oh_id oh_find_listener(const oh_ip *ip, oh_port port, __u32 gen)
{
	const struct oh_root *root = oh_root_at(0);
	struct oh_addr_key key = {.port = port};
	const struct oh_addr *addr;

	if (!root)
		return 0;
	key.set = root->v[oh_pick(root->gen[0], root->gen[1], gen) & 1].addr_set;
	key.ip = *ip;
	addr = oh_addr_find(&key);
	if (addr)
		return addr->listener;
	__builtin_memset(&key.ip, 0, sizeof(key.ip));
	addr = oh_addr_find(&key);
	return addr ? addr->listener : 0;
}

static __always_inline void oh_note(struct oh_head *h, __u32 kind, oh_id id, __u32 detail)
{
	__u32 n = h->steps_n;

	if (!h->explain)
		return;
	if (n < OH_STEPS_MAX) {
		h->step[n].id = id;
		h->step[n].kind = kind;
		h->step[n].detail = detail;
	}
	h->steps_n = n + 1;
}

struct oh_host_ctx {
	struct oh_head *h;
};

/* The length of a host without ":" and what is behind it; the colons in [] are of an IPv6 address. */
OH_GLOBAL int oh_without_port(struct oh_head *h, __u32 off, __u32 len)
{
	__u32 end = len;

	if (!h)
		return 0;
	for (__u32 k = 0; k < OH_DOMAIN_MAX + 8; k++) {
		__u8 c;

		if (!end)
			return len;
		c = h->data[(off + --end) & OH_MASK];
		if (c == ':')
			return end;
		if (c == ']')
			return len;
	}
	return len;
}

static int oh_host_word(__u32 i, void *data)
{
	struct oh_host_ctx *ctx = data;
	struct oh_head *h = ctx->h;
	__u32 at = i * 8, left;
	__u64 w;

	if (at > OH_DOMAIN_MAX - 8 || at >= h->domain_len)
		return 1;
	w = oh_lower_word(oh_word(h, h->host + at));
	left = h->domain_len - at;
	if (left < 8)
		w &= (1ull << (left * 8)) - 1;
	__builtin_memcpy(&h->domain.name[at], &w, sizeof(w));
	return 0;
}

struct oh_wild_ctx {
	struct oh_head *h;
	__u32 off;
	oh_id vhost;
};

static int oh_wild_one(__u32 i, void *data)
{
	struct oh_wild_ctx *ctx = data;
	const struct oh_wild *w = oh_wild_at(ctx->off + i);
	const struct oh_str *s;

	if (!w)
		return 1;
	s = oh_str_at(w->str);
	/* a wildcard stands for at least one character */
	if (!s || s->len >= ctx->h->domain_len ||
	    !oh_str_match(ctx->h, ctx->h->host, ctx->h->domain_len, w->str,
			  (w->suffix ? OH_M_SUFFIX : OH_M_PREFIX) | OH_F_NOCASE << 8)) {
		oh_note(ctx->h, OH_STEP_NOT_WILD, w->vhost, i);
		return 0;
	}
	oh_note(ctx->h, OH_STEP_WILD, w->vhost, i);
	ctx->vhost = w->vhost;
	return 1;
}

/*
 * The virtual host of the exact domain in h->domain; 0: none. The key is copied
 * because Linux 6.1 takes none from memory behind an argument, and in a frame of
 * its own because the stack of the whole call chain is short.
 */
static __attribute__((noinline)) oh_id oh_exact_vhost(struct oh_head *h)
{
	struct oh_domain_key key;
	const struct oh_domain *domain;

#ifdef __bpf__
	/* clang would copy through registers and keep what they hold on the stack meanwhile */
	if (bpf_probe_read_kernel(&key, sizeof(key), &h->domain))
		return 0;
#else
	key = h->domain;
#endif
	domain = oh_domain_find(&key);
	return domain ? domain->vhost : 0;
}

static __always_inline oh_id oh_find_vhost(struct oh_head *h, const struct oh_rconf_v *rconf)
{
	struct oh_host_ctx host = {.h = h};
	struct oh_wild_ctx wild = {.h = h, .off = rconf->wild_off};
	__u32 n = h->host_len;
	oh_id exact;

	h->domain_len = rconf->flags & OH_RCONF_NO_PORT ? oh_without_port(h, h->host, n) : n;
	n = h->domain_len;
	if (n <= OH_DOMAIN_MAX) {
		__builtin_memset(&h->domain, 0, sizeof(h->domain));
		h->domain.set = rconf->domain_set;
		h->domain.len = n;
		OH_LOOP((n + 7) / 8, oh_host_word, &host);
		exact = oh_exact_vhost(h);
		if (exact) {
			oh_note(h, OH_STEP_EXACT, exact, 0);
			return exact;
		}
	}
	n = rconf->wild_n;
	if (n > OH_WILD_MAX)
		n = OH_WILD_MAX;
	OH_LOOP(n, oh_wild_one, &wild);
	if (wild.vhost)
		return wild.vhost;
	if (rconf->any_vhost)
		oh_note(h, OH_STEP_ANY, rconf->any_vhost, 0);
	return rconf->any_vhost;
}

struct oh_route_ctx {
	struct oh_head *h;
	__u32 off;
	__u32 gen;
	oh_id route;
	__u32 opaque; /* whether the route matches only the relay can tell */
};

static int oh_route_one(__u32 i, void *data)
{
	struct oh_route_ctx *ctx = data;
	const __u32 *id = oh_list_at(ctx->off + i);
	const struct oh_route *route;
	const struct oh_route_v *v;
	__u32 opaque = 0;

	if (!id)
		return 1;
	route = oh_route_at(*id);
	if (!route)
		return 1;
	v = OH_SEEN(route, ctx->gen);
	if (!v)
		return 0;
	if (!i && ctx->h->known) {
		oh_note(ctx->h, OH_STEP_ROUTE, *id, 0);
		ctx->route = *id;
		return 1;
	}
	if (!oh_str_match(ctx->h, ctx->h->target, ctx->h->path_len, v->str,
			  v->match | (__u32)v->flags << 8)) {
		oh_note(ctx->h, OH_STEP_PATH, *id, 0);
		return 0;
	}
	for (__u32 k = 0; k < OH_CONDS_MAX; k++) {
		if (k >= v->conds_n)
			break;
		int holds = oh_cond_holds(ctx->h, &v->cond[k]);

		if (!holds) {
			oh_note(ctx->h, OH_STEP_COND, *id, k);
			return 0;
		}
		opaque |= holds == OH_COND_OPAQUE;
	}
	ctx->opaque = opaque || v->flags & OH_F_OPAQUE;
	oh_note(ctx->h, ctx->opaque ? OH_STEP_OPAQUE : OH_STEP_ROUTE, *id, 0);
	ctx->route = *id;
	return 1;
}

/*
 * Decides a request whose head is parsed in h, with h->random; d->gen and d->listener are set.
 * Fills d as far as the decision goes. OH_R_NONE: d->endpoint is the answer.
 * Otherwise d->reason says why not, and d->path is OH_PATH_RELAY.
 *
 * OH_R_MATCH_RELAY: d->route is a route whose other conditions only the relay
 * can check. It does, and calls again with h->from at that route and h->known,
 * or behind it.
 */
OH_GLOBAL int oh_decide(struct oh_head *h, struct oh_decision *d)
{
	const struct oh_listener *listener;
	const struct oh_listener_v *lv;
	const struct oh_rconf *rconf;
	const struct oh_rconf_v *rv;
	const struct oh_vhost *vhost;
	const struct oh_vhost_v *vv;
	const struct oh_route *route;
	const struct oh_route_v *v;
	struct oh_route_ctx ctx = {};
	__u32 n, reason;

	if (!h || !d)
		return OH_R_NO_LISTENER;
	d->path = OH_PATH_RELAY;
	d->reason = OH_R_NO_LISTENER;
	listener = oh_listener_at(d->listener);
	if (!listener)
		return OH_R_NO_LISTENER;
	lv = OH_SEEN(listener, d->gen);
	if (!lv)
		return OH_R_NO_LISTENER;

	d->reason = OH_R_NO_VHOST;
	d->rconf = lv->rconf;
	rconf = oh_rconf_at(lv->rconf);
	if (!rconf)
		return OH_R_NO_VHOST;
	rv = OH_SEEN(rconf, d->gen);
	if (!rv)
		return OH_R_NO_VHOST;
	d->vhost = oh_find_vhost(h, rv);
	vhost = oh_vhost_at(d->vhost);
	if (!d->vhost || !vhost)
		return OH_R_NO_VHOST;
	vv = OH_SEEN(vhost, d->gen);
	if (!vv)
		return OH_R_NO_VHOST;

	d->reason = OH_R_NO_ROUTE;
	ctx.h = h;
	ctx.off = vv->route_off + h->from;
	ctx.gen = d->gen;
	n = vv->route_n;
	n = n > h->from ? n - h->from : 0;
	if (n > OH_ROUTES_MAX)
		n = OH_ROUTES_MAX;
	OH_LOOP(n, oh_route_one, &ctx);
	d->route = ctx.route;
	route = oh_route_at(ctx.route);
	if (!ctx.route || !route)
		return OH_R_NO_ROUTE;
	v = OH_SEEN(route, d->gen);
	if (!v)
		return OH_R_NO_ROUTE;
	if (ctx.opaque) {
		d->reason = OH_R_MATCH_RELAY;
		return OH_R_MATCH_RELAY;
	}
	h->hash_off = v->hash_off;
	h->hash_n = v->hash_n;
	if (v->status || v->reason == OH_R_CLUSTER_HEADER) {
		d->status = v->status;
		d->reason = v->reason;
		return v->reason;
	}
	reason = oh_balance(&v->split, h, d, h->random, h->explain);
	d->reason = reason;
	if (reason)
		return reason;
	if (lv->path == OH_PATH_RELAY) {
		d->reason = lv->reason;
	} else if (v->path == OH_PATH_RELAY) {
		d->reason = v->reason;
	} else {
		d->path = OH_PATH_KERNEL;
	}
	return OH_R_NONE;
}

#endif
