/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes of a head: one pass, eight at a time, that finds the spans of the
 * first line and of each header. What they mean is http.h's.
 */
#ifndef ONEHOP_SCAN_H
#define ONEHOP_SCAN_H

#include "base.h"
#include "state.h"

enum oh_parse_state {
	OH_S_METHOD = 0, /* or version of a response */
	OH_S_TARGET, /* or status */
	OH_S_VERSION, /* or phrase */
	OH_S_LINE, /* first byte of a header line, or the empty line */
	OH_S_NAME,
	OH_S_BLANK, /* before a value */
	OH_S_VALUE,
	OH_S_DONE,
	OH_S_BAD,
	OH_S_MORE, /* the head goes on behind the bytes that there are */
};

/*
 * Eight bytes at a time. In a mask, bit 7 of a byte says that it is one; the
 * lowest one is exact, those above it may be wrong (a borrow runs upwards),
 * except with OH_GE, which is exact for bytes below 0x80.
 */
#define OH_ONES 0x0101010101010101ull
#define OH_HIGHS 0x8080808080808080ull
#define OH_LESS(x, n) (((x)-OH_ONES * (n)) & ~(x)&OH_HIGHS)
#define OH_EQUAL(x, c) OH_LESS((x) ^ (OH_ONES * (c)), 1)
#define OH_GE(x, n) ((((x) & ~OH_HIGHS) + OH_ONES * (0x80 - (n))) & OH_HIGHS)
#define OH_BETWEEN(x, lo, hi) (OH_GE(x, lo) & ~OH_GE(x, (hi) + 1))

static __always_inline __u64 oh_word(const struct oh_head *h, __u32 at)
{
	__u64 w;

	__builtin_memcpy(&w, &h->data[at & OH_MASK], sizeof(w));
	return w;
}

/* The number of the lowest byte in a mask that is not zero. */
static __always_inline __u32 oh_first(__u64 mask)
{
	/* the byte below the lowest set bit 7 is all ones after the subtraction: count by multiplication */
	return ((((mask - 1) & ~mask) >> 7) & OH_ONES) * OH_ONES >> 56;
}

/* Bytes that are not letters, digits, "-", "." or "_": of names, mostly their end. */
static __always_inline __u64 oh_not_name(__u64 w)
{
	__u64 folded = w | OH_ONES * 0x20;
	__u64 is = OH_BETWEEN(folded, 'a', 'z') | OH_BETWEEN(w, '0', '9') |
		   OH_BETWEEN(w, '-', '.') | OH_BETWEEN(w, '_', '_');

	return (~is & OH_HIGHS) | (w & OH_HIGHS);
}

/* Bytes that are no token characters (RFC 9110 5.6.2). For the rare names that oh_not_name() stops at. */
static __always_inline __u64 oh_not_token(__u64 w)
{
	__u64 is = OH_BETWEEN(w, '!', '!') | OH_BETWEEN(w, '#', '\'') | OH_BETWEEN(w, '*', '+') |
		   OH_BETWEEN(w, '^', '`') | OH_BETWEEN(w, '|', '|') | OH_BETWEEN(w, '~', '~');

	return oh_not_name(w) & (~is | w) & OH_HIGHS;
}

static __always_inline __u8 oh_at(__u64 w, __u32 k)
{
	return w >> (k * 8 & 63);
}

/*
 * Of a header name: chunks of eight bytes, ASCII case folded, the last one
 * padded with zeros. Start with 0; the high half is the hash (wire/hash.ts).
 */
static __always_inline __u64 oh_name_hash(__u64 hash, __u64 chunk)
{
	hash = (hash ^ chunk) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

/* Eight bytes in ASCII lower case. */
static __always_inline __u64 oh_lower_word(__u64 w)
{
	return w + ((OH_BETWEEN(w, 'A', 'Z') & ~(w & OH_HIGHS)) >> 2);
}

static __always_inline __u8 oh_lower(__u8 c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

struct oh_parse_ctx {
	struct oh_head *h;
};

/* One step of up to eight bytes. The parser's state is in the head: the verifier needs no history of it. */
static int oh_parse_step(__u32 i, void *data)
{
	struct oh_parse_ctx *ctx = data;
	struct oh_head *h = ctx->h;
	__u32 at = h->at, n = h->hdrs_n, k;
	__u64 w = oh_word(h, at), mask;
	__u8 c;

	switch (h->state) {
	case OH_S_VALUE:
		mask = OH_LESS(w, 0x20) | OH_EQUAL(w, 0x7f);
		if (!mask) {
			h->at = at + 8;
			break;
		}
		k = oh_first(mask);
		at += k;
		c = h->data[at & OH_MASK];
		if (at >= h->len) {
			h->state = OH_S_MORE;
		} else if (c == '\t') {
			h->at = at + 1;
		} else if (c != '\r') {
			h->state = OH_S_BAD;
		} else {
			if (n < OH_HEADERS_MAX)
				h->hdr[n].value_len = at - h->start;
			h->hdrs_n = n + 1;
			h->at = at;
			h->state = OH_S_LINE;
		}
		break;
	case OH_S_NAME:
		mask = oh_not_name(w);
		if (mask && oh_at(w, oh_first(mask)) != ':')
			mask = oh_not_token(w);
		w |= OH_ONES * 0x20;
		if (!mask) {
			h->hash = oh_name_hash(h->hash, w);
			h->at = at + 8;
			break;
		}
		k = oh_first(mask);
		if (k)
			h->hash = oh_name_hash(h->hash, w & ((1ull << (k * 8 & 63)) - 1));
		at += k;
		if (at >= h->len) {
			h->state = OH_S_MORE;
		} else if (h->data[at & OH_MASK] != ':' || at == h->start) {
			h->state = OH_S_BAD;
		} else {
			if (n < OH_HEADERS_MAX) {
				h->hdr[n].name = h->start;
				h->hdr[n].name_len = at - h->start;
				h->hdr[n].hash = h->hash >> 32;
			}
			h->at = at + 1;
			h->state = OH_S_BLANK;
		}
		break;
	case OH_S_BLANK:
		c = w;
		if (c == ' ' || c == '\t') {
			h->at = at + 1;
			break;
		}
		h->start = at;
		if (n < OH_HEADERS_MAX)
			h->hdr[n].value = at;
		h->state = OH_S_VALUE;
		break;
	case OH_S_LINE: /* at the end of a line: "\r\n", then a name or the empty line */
		if (at + 4 > h->len) {
			h->state = OH_S_MORE;
		} else if ((w & 0xffffffff) == 0x0a0d0a0d) {
			h->head_len = at + 4;
			h->state = OH_S_DONE;
		} else if ((w & 0xffff) != 0x0a0d) {
			h->state = OH_S_BAD;
		} else {
			h->at = at + 2;
			h->start = at + 2;
			h->hash = 0;
			h->state = OH_S_NAME;
		}
		break;
	case OH_S_METHOD:
		/* "/" is of a version only: no method has it, and relay and server say so */
		mask = oh_not_token(w) & ~OH_BETWEEN(w, '/', '/');
		if (!mask) {
			h->at = at + 8;
			break;
		}
		k = oh_first(mask);
		at += k;
		if (at >= h->len) {
			h->state = OH_S_MORE;
		} else if (h->data[at & OH_MASK] != ' ' || !at) {
			h->state = OH_S_BAD;
		} else {
			h->method_len = at;
			h->target = at + 1;
			h->at = at + 1;
			h->state = OH_S_TARGET;
		}
		break;
	case OH_S_TARGET:
		mask = OH_LESS(w, 0x21) | OH_EQUAL(w, 0x7f) | (w & OH_HIGHS) | OH_EQUAL(w, '?') |
		       OH_EQUAL(w, '#');
		if (!mask) {
			h->at = at + 8;
			break;
		}
		k = oh_first(mask);
		at += k;
		c = h->data[at & OH_MASK];
		k = at - h->target;
		if (at >= h->len) {
			h->state = OH_S_MORE;
		} else if (c == '?' || c == '#') {
			if (!h->path_len)
				h->path_len = k;
			if (c == '#')
				h->flags |= OH_H_COMPLEX;
			h->at = at + 1;
		} else if (c != ' ' || !k) {
			h->state = OH_S_BAD;
		} else {
			h->target_len = k;
			if (!h->path_len)
				h->path_len = k;
			h->version = at + 1;
			h->at = at + 1;
			h->state = OH_S_VERSION;
		}
		break;
	case OH_S_VERSION:
		mask = OH_LESS(w, 0x20);
		if (!mask) {
			h->at = at + 8;
			break;
		}
		k = oh_first(mask);
		at += k;
		c = h->data[at & OH_MASK];
		if (at >= h->len) {
			h->state = OH_S_MORE;
		} else if (c == '\t') {
			h->at = at + 1;
		} else if (c != '\r') {
			h->state = OH_S_BAD;
		} else {
			h->version_len = at - h->version;
			h->at = at;
			h->state = OH_S_LINE;
		}
		break;
	default:
		return 1;
	}
	return h->state >= OH_S_DONE;
}

#endif
