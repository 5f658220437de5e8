/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hash of a request by the hash policy of its route: the same number as
 * Envoy's (source/common/http/hash_policy.cc), so the same endpoint. XXH64 as
 * its specification has it, doc/xxhash_spec.md of xxHash.
 */
#ifndef ONEHOP_HASH_H
#define ONEHOP_HASH_H

#include "match.h"

#define OH_XX_1 0x9e3779b185ebca87ull
#define OH_XX_2 0xc2b2ae3d27d4eb4full
#define OH_XX_3 0x165667b19e3779f9ull
#define OH_XX_4 0x85ebca77c2b2ae63ull
#define OH_XX_5 0x27d4eb2f165667c5ull
#define OH_XX_STRIPE 32u

static __always_inline __u64 oh_rotate(__u64 x, __u32 n)
{
	return x << n | x >> (64 - n);
}

static __always_inline __u64 oh_xx_round(__u64 acc, __u64 lane)
{
	return oh_rotate(acc + lane * OH_XX_2, 31) * OH_XX_1;
}

static __always_inline __u64 oh_xx_merge(__u64 hash, __u64 acc)
{
	return (hash ^ oh_xx_round(0, acc)) * OH_XX_1 + OH_XX_4;
}

struct oh_xx_ctx {
	struct oh_head *h;
	__u32 at;
	__u64 acc[4];
};

static int oh_xx_stripe(__u32 i, void *data)
{
	struct oh_xx_ctx *x = data;
	__u32 at = x->at + i * OH_XX_STRIPE;

	x->acc[0] = oh_xx_round(x->acc[0], oh_word(x->h, at));
	x->acc[1] = oh_xx_round(x->acc[1], oh_word(x->h, at + 8));
	x->acc[2] = oh_xx_round(x->acc[2], oh_word(x->h, at + 16));
	x->acc[3] = oh_xx_round(x->acc[3], oh_word(x->h, at + 24));
	return 0;
}

static __always_inline __u64 oh_xx_stripes(struct oh_head *h, __u32 off, __u32 n, __u64 seed)
{
	struct oh_xx_ctx x = {.h = h, .at = off};
	__u64 hash;

	x.acc[0] = seed + OH_XX_1 + OH_XX_2;
	x.acc[1] = seed + OH_XX_2;
	x.acc[2] = seed;
	x.acc[3] = seed - OH_XX_1;
	if (n > OH_HEAD_MAX / OH_XX_STRIPE)
		n = OH_HEAD_MAX / OH_XX_STRIPE;
	OH_LOOP(n, oh_xx_stripe, &x);
	hash = oh_rotate(x.acc[0], 1) + oh_rotate(x.acc[1], 7) + oh_rotate(x.acc[2], 12) +
	       oh_rotate(x.acc[3], 18);
	for (__u32 k = 0; k < 4; k++)
		hash = oh_xx_merge(hash, x.acc[k]);
	return hash;
}

/* The last bytes, fewer than a stripe. */
static __always_inline __u64 oh_xx_rest(const struct oh_head *h, __u32 off, __u32 left, __u64 hash)
{
	for (__u32 k = 0; k < 3; k++) {
		if (left < 8)
			break;
		hash ^= oh_xx_round(0, oh_word(h, off));
		hash = oh_rotate(hash, 27) * OH_XX_1 + OH_XX_4;
		off += 8;
		left -= 8;
	}
	if (left >= 4) {
		hash ^= (oh_word(h, off) & 0xffffffffull) * OH_XX_1;
		hash = oh_rotate(hash, 23) * OH_XX_2 + OH_XX_3;
		off += 4;
		left -= 4;
	}
	for (__u32 k = 0; k < 3; k++) {
		if (!left)
			break;
		hash ^= h->data[off & OH_MASK] * OH_XX_5;
		hash = oh_rotate(hash, 11) * OH_XX_1;
		off++;
		left--;
	}
	return hash;
}

/* h->part_hash = XXH64 of the span [off, off + len) of the head, with h->part_hash as its seed. */
OH_GLOBAL int oh_hash_span(struct oh_head *h, __u32 off, __u32 len)
{
	__u32 n = len / OH_XX_STRIPE;
	__u64 hash;

	if (!h)
		return 0;
	hash = n ? oh_xx_stripes(h, off, n, h->part_hash) : h->part_hash + OH_XX_5;
	hash = oh_xx_rest(h, off + n * OH_XX_STRIPE, len % OH_XX_STRIPE, hash + len);
	hash = (hash ^ hash >> 33) * OH_XX_2;
	hash = (hash ^ hash >> 29) * OH_XX_3;
	h->part_hash = hash ^ hash >> 32;
	return 0;
}

static __always_inline void oh_hash_part(struct oh_head *h, __u32 off, __u32 len)
{
	h->found = 1;
	h->part_hash = 0;
	oh_hash_span(h, off, len);
}

#define OH_NO_EQUALS 0xffff

/* A list of name=value: the query of a target, or the value of a Cookie header. Short: it is on the stack. */
struct oh_pair_ctx {
	struct oh_head *h;
	oh_id name;
	__u16 off;
	__u16 len;
	__u16 start; /* of the pair's name, in the list */
	__u16 equals; /* of its "=", in the list; OH_NO_EQUALS: none yet */
	__u16 value; /* of the pair found, in the head */
	__u16 value_len;
	__u8 cookie;
	__u8 found;
	__u8 separator;
};

/* One byte of the list, or its end. */
static int oh_pair_byte(__u32 i, void *data)
{
	struct oh_pair_ctx *p = data;
	__u8 byte = i < p->len ? p->h->data[(p->off + i) & OH_MASK] : p->separator;
	int named = p->equals != OH_NO_EQUALS;
	__u32 end = named ? p->equals : i;

	if (byte != p->separator) {
		if (byte == '=' && !named)
			p->equals = i;
		else if (byte == ' ' && p->cookie && p->start == i)
			p->start = i + 1;
		return 0;
	}
	/* a cookie without "=" is none; "a&&b" has no parameter without a name */
	if ((named || (!p->cookie && end > p->start)) &&
	    oh_str_match(p->h, p->off + p->start, end - p->start, p->name, OH_M_EXACT)) {
		p->found = 1;
		p->value = p->off + (named ? end + 1 : i);
		p->value_len = named ? i - end - 1 : 0;
		return 1;
	}
	p->start = i + 1;
	p->equals = OH_NO_EQUALS;
	return 0;
}

static __always_inline void oh_find_pair(struct oh_pair_ctx *p)
{
	__u32 n = p->len + 1;

	p->start = 0;
	p->equals = OH_NO_EQUALS;
	if (n > OH_HEAD_MAX)
		n = OH_HEAD_MAX;
	OH_LOOP(n, oh_pair_byte, p);
}

/* Http::Utility::QueryParamsMulti::getFirstValue() */
static __always_inline __u32 oh_hash_query(struct oh_head *h, __u32 name)
{
	struct oh_pair_ctx p = {.h = h, .name = name, .separator = '&'};
	__u32 at = h->path_len;

	if (at >= h->target_len || h->data[(h->target + at) & OH_MASK] != '?')
		return 0;
	p.off = h->target + at + 1;
	p.len = h->target_len - at - 1;
	oh_find_pair(&p);
	if (p.found)
		oh_hash_part(h, p.value, p.value_len);
	return 0;
}

struct oh_named_ctx {
	struct oh_head *h;
	const struct oh_hash *by;
	__u32 n;
	__u32 value; /* of the header found last; of the cookie found */
	__u32 value_len;
};

static __always_inline int oh_is_named(struct oh_head *h, __u32 i, const struct oh_hash *by)
{
	return h->hdr[i].hash == by->hash &&
	       oh_str_match(h, h->hdr[i].name, h->hdr[i].name_len, by->header,
			    OH_M_EXACT | OH_F_NOCASE << 8);
}

static int oh_cookie_header(__u32 i, void *data)
{
	struct oh_named_ctx *ctx = data;
	struct oh_pair_ctx p = {.h = ctx->h, .name = ctx->by->name, .separator = ';', .cookie = 1};

	if (i >= OH_HEADERS_MAX)
		return 1;
	if (!oh_is_named(ctx->h, i, ctx->by))
		return 0;
	p.off = ctx->h->hdr[i].value;
	p.len = ctx->h->hdr[i].value_len;
	oh_find_pair(&p);
	if (!p.found)
		return 0;
	ctx->n = 1;
	ctx->value = p.value;
	ctx->value_len = p.value_len;
	return 1;
}

/* Http::Utility::parseCookieValue(): the first one, without quotes around its value. */
static __always_inline __u32 oh_hash_cookie(struct oh_head *h, const struct oh_hash *by)
{
	struct oh_named_ctx ctx = {.h = h, .by = by};
	__u32 n;

	OH_LOOP(h->hdrs_n, oh_cookie_header, &ctx);
	n = ctx.value_len;
	if (n >= 2 && h->data[ctx.value & OH_MASK] == '"' &&
	    h->data[(ctx.value + n - 1) & OH_MASK] == '"') {
		ctx.value++;
		n -= 2;
	}
	if (ctx.n && n)
		oh_hash_part(h, ctx.value, n);
	return OH_R_NONE;
}

static int oh_named_header(__u32 i, void *data)
{
	struct oh_named_ctx *ctx = data;

	if (i >= OH_HEADERS_MAX)
		return 1;
	if (!oh_is_named(ctx->h, i, ctx->by))
		return 0;
	ctx->n++;
	ctx->value = ctx->h->hdr[i].value;
	ctx->value_len = ctx->h->hdr[i].value_len;
	return 0;
}

#ifndef __bpf__
/* Is the span at a, n bytes, before the one at b, m bytes, in the order of std::string_view? */
static int oh_span_before(const struct oh_head *h, __u32 a, __u32 n, __u32 b, __u32 m)
{
	for (__u32 i = 0; i < n && i < m; i++)
		if (h->data[a + i] != h->data[b + i])
			return h->data[a + i] < h->data[b + i];
	return n < m;
}

/* Of a header that occurs more than once, HeaderMapImpl::appendToHeader(): empty values add nothing. */
static void oh_hash_joined(struct oh_head *h, const struct oh_hash *by)
{
	static struct oh_head joined;
	__u32 len = 0;

	for (__u32 i = 0; i < h->hdrs_n; i++) {
		__u32 n = h->hdr[i].value_len;

		if (!oh_is_named(h, i, by) || !n)
			continue;
		if (len)
			joined.data[len++] = ',';
		for (__u32 k = 0; k < n; k++)
			joined.data[len++] = h->data[h->hdr[i].value + k];
	}
	oh_hash_part(&joined, 0, len);
	h->found = 1;
	h->part_hash = joined.part_hash;
}

/* The values of a header that occurs more than once: each hashed with the hash before it as seed, sorted. */
static void oh_hash_values(struct oh_head *h, const struct oh_hash *by)
{
	__u32 order[OH_HEADERS_MAX], n = 0, k;

	for (__u32 i = 0; i < h->hdrs_n; i++) {
		if (!oh_is_named(h, i, by))
			continue;
		for (k = n++; k > 0 && oh_span_before(h, h->hdr[i].value, h->hdr[i].value_len,
						      h->hdr[order[k - 1]].value,
						      h->hdr[order[k - 1]].value_len);
		     k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	h->found = 1;
	h->part_hash = 0;
	for (k = 0; k < n; k++)
		oh_hash_span(h, h->hdr[order[k]].value, h->hdr[order[k]].value_len);
}
#endif

static __always_inline __u32 oh_hash_header(struct oh_head *h, const struct oh_hash *by)
{
	struct oh_named_ctx ctx = {.h = h, .by = by};

	OH_LOOP(h->hdrs_n, oh_named_header, &ctx);
	if (ctx.n == 1)
		oh_hash_part(h, ctx.value, ctx.value_len);
	if (ctx.n < 2)
		return OH_R_NONE;
#ifdef __bpf__
	return OH_R_HASH_RELAY;
#else
	if (by->flags & OH_BY_JOINED)
		oh_hash_joined(h, by);
	else
		oh_hash_values(h, by);
	return OH_R_NONE;
#endif
}

/* One item of a hash policy: h->found, h->part_hash. OH_R_NONE, or why the kernel cannot tell. */
OH_GLOBAL int oh_hash_item(struct oh_head *h, const struct oh_hash *by)
{
	if (!h || !by)
		return OH_R_NONE;
	h->found = 0;
	switch (by->by) {
	case OH_BY_HEADER:
		return oh_hash_header(h, by);
	case OH_BY_METHOD:
		oh_hash_part(h, 0, h->method_len);
		return OH_R_NONE;
	case OH_BY_AUTHORITY:
		oh_hash_part(h, h->host, h->host_len);
		return OH_R_NONE;
	case OH_BY_PATH:
		oh_hash_part(h, h->target, h->target_len);
		return OH_R_NONE;
	case OH_BY_COOKIE:
		return oh_hash_cookie(h, by);
	case OH_BY_QUERY:
		oh_hash_query(h, by->name);
		return OH_R_NONE;
	default:
		if (!h->source)
			return OH_R_HASH_SOURCE;
		h->found = 1;
		h->part_hash = h->source;
		return OH_R_NONE;
	}
}

/*
 * h->request_hash by the policy of the route, if h->hashed then says so. OH_R_NONE, or
 * why it must be made elsewhere. HashPolicyImpl::generateHash().
 */
static __always_inline __u32 oh_hash_request(struct oh_head *h)
{
	__u32 reason;

	h->hashed = 0;
	h->request_hash = 0;
	for (__u32 i = 0; i < OH_HASHES_MAX; i++) {
		const struct oh_hash *by;

		if (i >= h->hash_n)
			break;
		by = oh_hash_at(h->hash_off + i);
		if (!by)
			break;
		reason = oh_hash_item(h, by);
		if (reason)
			return reason;
		if (h->found) {
			h->request_hash = oh_rotate(h->request_hash, 1) ^ h->part_hash;
			h->hashed = 1;
		}
		if (by->flags & OH_BY_TERMINAL && h->hashed)
			break;
	}
	return OH_R_NONE;
}

#endif
