/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does a part of the head match a string of the configuration? Envoy's StringMatcher. */
#ifndef ONEHOP_MATCH_H
#define ONEHOP_MATCH_H

#include "http.h"
#include "tables.h"

struct oh_equal_ctx {
	struct oh_head *h;
	const struct oh_str *s;
	__u32 off;
	__u32 fold;
	__u32 differs;
};

/* Eight bytes of the string; what is behind its end does not count. */
static int oh_equal_word(__u32 i, void *data)
{
	struct oh_equal_ctx *ctx = data;
	__u32 at = i * 8, left;
	__u64 w, v;

	if (at > OH_STR_MAX - 8 || at >= ctx->s->len)
		return 1;
	w = oh_word(ctx->h, ctx->off + at);
	if (ctx->fold)
		w = oh_lower_word(w);
	__builtin_memcpy(&v, &ctx->s->s[at], sizeof(v));
	w ^= v;
	left = ctx->s->len - at;
	if (left < 8)
		w &= (1ull << (left * 8)) - 1;
	ctx->differs = w != 0;
	return ctx->differs;
}

struct oh_contains_ctx {
	struct oh_equal_ctx eq;
	__u32 off;
	__u32 found;
};

static int oh_contains_at(__u32 i, void *data)
{
	struct oh_contains_ctx *ctx = data;
	__u32 n = ctx->eq.s->len;

	ctx->eq.off = ctx->off + i;
	ctx->eq.differs = 0;
	OH_LOOP((n + 7) / 8, oh_equal_word, &ctx->eq);
	if (ctx->eq.differs)
		return 0;
	ctx->found = 1;
	return 1;
}

struct oh_number_ctx {
	struct oh_head *h;
	__u32 off;
	__u32 bad;
	__u64 value;
	__u64 max;
};

static int oh_number_digit(__u32 i, void *data)
{
	struct oh_number_ctx *ctx = data;
	__u32 digit = ctx->h->data[(ctx->off + i) & OH_MASK] - '0';

	/* of the largest number only the last digit is not below ten times this */
	if (digit > 9 || ctx->value > ~0ull / 20) {
		ctx->bad = 1;
		return 1;
	}
	ctx->value = ctx->value * 10 + digit;
	if (ctx->value <= ctx->max)
		return 0;
	ctx->bad = 1;
	return 1;
}

/* Is the span a decimal number of 64 bits, perhaps with a sign, in the range of s? absl::SimpleAtoi. */
static __always_inline int oh_in_range(struct oh_head *h, __u32 off, __u32 len,
				       const struct oh_str *s)
{
	struct oh_number_ctx ctx = {.h = h, .off = off, .max = ~0ull >> 1};
	__u8 sign = h->data[off & OH_MASK];
	struct oh_between between;
	__s64 value;

	if (len && (sign == '-' || sign == '+')) {
		ctx.off++;
		len--;
		ctx.max += sign == '-';
	}
	if (!len)
		return 0;
	OH_LOOP(len, oh_number_digit, &ctx);
	if (ctx.bad)
		return 0;
	value = sign == '-' ? -ctx.value : ctx.value;
	__builtin_memcpy(&between, s->s, sizeof(between));
	return value >= between.first && value < between.end;
}

struct oh_regex_ctx {
	struct oh_head *h;
	const struct oh_regex *r;
	__u32 off;
	__u32 state;
};

static int oh_regex_byte(__u32 i, void *data)
{
	struct oh_regex_ctx *ctx = data;
	const struct oh_regex *r = ctx->r;
	__u8 byte = ctx->h->data[(ctx->off + i) & OH_MASK];
	__u32 cell = ctx->state * r->classes + r->class[byte];
	const struct oh_dfa *dfa = oh_dfa_at(r->off + cell / OH_DFA_CELLS);

	ctx->state = dfa ? dfa->next[cell % OH_DFA_CELLS] : 0;
	return !ctx->state;
}

/* Does the whole span match regular expression id? */
static __always_inline int oh_matches_regex(struct oh_head *h, __u32 off, __u32 len, __u32 id)
{
	struct oh_regex_ctx ctx = {.h = h, .r = oh_regex_at(id), .off = off};

	if (!ctx.r)
		return 0;
	ctx.state = ctx.r->start;
	OH_LOOP(len, oh_regex_byte, &ctx);
	return ctx.state && ctx.state >= ctx.r->accept;
}

/*
 * Is the span [off, off + len) of the head matched by string id (OH_M_REGEX: oh_regex
 * id) in the way of enum oh_match? how: the match in the low byte, OH_F_* above it. 1 or 0.
 */
OH_GLOBAL int oh_str_match(struct oh_head *h, __u32 off, __u32 len, __u32 id, __u32 how)
{
	const struct oh_str *s;
	__u32 match = how & 0xff;
	__u32 n;

	if (!h)
		return 0;
	if (match == OH_M_ANY || match == OH_M_PRESENT)
		return 1;
	if (match == OH_M_CONNECT)
		return OH_IS(h, 0, h->method_len, "CONNECT");
	if (match == OH_M_REGEX)
		return oh_matches_regex(h, off, len, id);
	s = oh_str_at(id);
	if (!s || match == OH_M_NEVER)
		return 0;
	if (match == OH_M_RANGE)
		return oh_in_range(h, off, len, s);
	n = s->len;
	if (n > len || n > OH_STR_MAX)
		return 0;
	if (match == OH_M_EXACT && n != len)
		return 0;
	if (match == OH_M_SEGMENTS && n != len && h->data[(off + n) & OH_MASK] != '/')
		return 0;
	if (match == OH_M_CONTAINS) {
		struct oh_contains_ctx ctx = {
			.eq = {.h = h, .s = s, .fold = (how >> 8) & OH_F_NOCASE},
			.off = off,
		};

		OH_LOOP(len - n + 1, oh_contains_at, &ctx);
		return ctx.found;
	} else {
		struct oh_equal_ctx ctx = {
			.h = h,
			.s = s,
			.off = match == OH_M_SUFFIX ? off + len - n : off,
			.fold = (how >> 8) & OH_F_NOCASE,
		};

		OH_LOOP((n + 7) / 8, oh_equal_word, &ctx);
		return !ctx.differs;
	}
}

struct oh_values_ctx {
	struct oh_head *h;
	const struct oh_cond *c;
	__u32 how;
	__u32 present; /* 2: it is there again, and the values are to be joined */
	__u32 matches;
};

/* Looks at one header; every occurrence of the name counts. */
static int oh_value_one(__u32 i, void *data)
{
	struct oh_values_ctx *ctx = data;
	struct oh_head *h = ctx->h;

	if (i >= OH_HEADERS_MAX)
		return 1;
	if (h->hdr[i].hash != ctx->c->hash)
		return 0;
	if (!oh_str_match(h, h->hdr[i].name, h->hdr[i].name_len, ctx->c->name,
			  OH_M_EXACT | OH_F_NOCASE << 8))
		return 0;
	if (ctx->present && ctx->c->flags & OH_F_JOINED) {
		ctx->present = 2;
		return 1;
	}
	ctx->present = 1;
	if (!oh_str_match(h, h->hdr[i].value, h->hdr[i].value_len, ctx->c->value, ctx->how))
		return 0;
	ctx->matches = 1;
	return !(ctx->c->flags & OH_F_JOINED);
}

/* One byte of the query, or its end: the first parameter of the name counts (QueryParamsMulti::getFirstValue). */
static int oh_query_byte(__u32 i, void *data)
{
	struct oh_values_ctx *ctx = data;
	struct oh_head *h = ctx->h;
	struct oh_query *q = &h->query;
	__u8 byte = i < q->len ? h->data[(q->off + i) & OH_MASK] : '&';
	__u32 end;

	if (byte == '=' && q->equals == ~0u)
		q->equals = i;
	if (byte != '&')
		return 0;
	end = q->equals == ~0u ? i : q->equals;
	/* "&&" is no parameter without a name */
	if (i > q->start &&
	    oh_str_match(h, q->off + q->start, end - q->start, ctx->c->name, OH_M_EXACT)) {
		q->found = 1;
		q->value = q->off + (end == i ? i : end + 1);
		q->value_len = end == i ? 0 : i - end - 1;
		return 1;
	}
	q->start = i + 1;
	q->equals = ~0u;
	return 0;
}

static __always_inline void oh_find_parameter(struct oh_values_ctx *ctx)
{
	struct oh_head *h = ctx->h;
	__u32 n = h->target_len;

	h->query.found = 0;
	h->query.start = 0;
	h->query.equals = ~0u;
	if (n <= h->path_len)
		return;
	h->query.off = h->target + h->path_len + 1;
	n -= h->path_len;
	h->query.len = n - 1;
	if (n > OH_HEAD_MAX)
		n = OH_HEAD_MAX;
	OH_LOOP(n, oh_query_byte, ctx);
}

#define OH_COND_OPAQUE 2

/*
 * Does the condition hold for this head? 1 or 0. Of a header that occurs more
 * than once any value may match, as observed of Envoy 1.40; inverted, none may.
 * OH_COND_OPAQUE: with OH_F_JOINED, only the relay can tell.
 */
OH_GLOBAL int oh_cond_holds(struct oh_head *h, const struct oh_cond *c)
{
	struct oh_values_ctx ctx = {.present = 1};
	__u32 how;

	if (!h || !c)
		return 0;
	how = c->match | (__u32)c->flags << 8;
	switch (c->subject) {
	case OH_SUBJ_METHOD:
		ctx.matches = oh_str_match(h, 0, h->method_len, c->value, how);
		break;
	case OH_SUBJ_AUTHORITY:
		ctx.matches = oh_str_match(h, h->host, h->host_len, c->value, how);
		break;
	case OH_SUBJ_PATH:
		ctx.matches = oh_str_match(h, h->target, h->target_len, c->value, how);
		break;
	case OH_SUBJ_QUERY:
		ctx.h = h;
		ctx.c = c;
		oh_find_parameter(&ctx);
		ctx.present = h->query.found;
		ctx.matches = ctx.present &&
			      oh_str_match(h, h->query.value, h->query.value_len, c->value, how);
		break;
	case OH_SUBJ_FRACTION:
		ctx.matches = c->value && h->random % c->value < c->name;
		break;
	default:
		ctx.present = 0;
		ctx.h = h;
		ctx.c = c;
		ctx.how = how;
		OH_LOOP(h->hdrs_n, oh_value_one, &ctx);
		if (ctx.present == 2)
			return OH_COND_OPAQUE;
	}
	/*
	 * Envoy, HeaderUtility: a missing header never matches, inverted or
	 * not, except for "present", or when missing counts as empty.
	 */
	if (!ctx.present && c->flags & OH_F_MISSING_EMPTY)
		ctx.matches = oh_str_match(h, 0, 0, c->value, how);
	else if (!ctx.present && c->match != OH_M_PRESENT)
		return 0;
	return c->flags & OH_F_INVERT ? !ctx.matches : !!ctx.matches;
}

#endif
