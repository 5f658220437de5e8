/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * HTTP/1.1 heads (RFC 9112), strictly: one pass over the bytes, eight at a
 * time, then one over the headers for those that decide framing. Whatever is not plain is marked
 * OH_H_BAD or OH_H_COMPLEX, and the caller hands the message to the relay:
 * the kernel carries only what it understands completely.
 */
#ifndef ONEHOP_HTTP_H
#define ONEHOP_HTTP_H

#include "base.h"
#include "reasons.h"
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

/* oh_name_hash() of lower-case names; the router's tests check them against the text. */
#define OH_HASH_HOST 0x1052d03cu
#define OH_HASH_CONNECTION 0x09f7d32du
#define OH_HASH_CONTENT_LENGTH 0x003cdfefu
#define OH_HASH_TRANSFER_ENCODING 0xb44b0e80u
#define OH_HASH_EXPECT 0xd7598d85u
#define OH_HASH_UPGRADE 0x70e763a5u
#define OH_HASH_PROXY_CONNECTION 0x0f4f7bd5u

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

/* Does the span at off begin with the literal? fold: ASCII case aside, lit is lower case. */
static __always_inline int oh_is_literal(const struct oh_head *h, __u32 off, const char *lit,
					 __u32 len, int fold)
{
	for (__u32 i = 0; i < len; i++) {
		__u8 c = h->data[(off + i) & OH_MASK];

		if ((fold ? oh_lower(c) : c) != (__u8)lit[i])
			return 0;
	}
	return 1;
}

/* Is the span [off, off + n) the literal? OH_IS: exactly; OH_IS_FOLD: ASCII case aside. */
#define OH_IS(h, off, n, lit)                                                                      \
	((n) == sizeof(lit) - 1 && oh_is_literal(h, off, lit, sizeof(lit) - 1, 0))
#define OH_IS_FOLD(h, off, n, lit)                                                                 \
	((n) == sizeof(lit) - 1 && oh_is_literal(h, off, lit, sizeof(lit) - 1, 1))

static __always_inline void oh_content_length(struct oh_head *h, __u32 off, __u32 len)
{
	__u64 value = 0;

	if (len == 0 || len > 18) {
		h->flags |= OH_H_BAD;
		return;
	}
	for (__u32 i = 0; i < 18; i++) {
		__u8 c;

		if (i >= len)
			break;
		c = h->data[(off + i) & OH_MASK];
		if (c < '0' || c > '9') {
			h->flags |= OH_H_BAD;
			return;
		}
		value = value * 10 + (c - '0');
	}
	h->flags |= h->flags & OH_H_SIZED ? OH_H_BAD : OH_H_SIZED;
	h->content_length = value;
}

#define OH_HOST_WORDS 16 /* of eight bytes: a longer Host is the relay's */

/* Letters, digits and what names and addresses are written with. Whether another host is good the relay knows. */
OH_GLOBAL int oh_is_plain_host(struct oh_head *h, __u32 off, __u32 len)
{
	__u32 k;

	if (!h)
		return 0;
	for (k = 0; k <= OH_HOST_WORDS; k++) {
		__u64 w, mask;

		if (k * 8 >= len)
			return 1;
		w = oh_word(h, off + k * 8);
		mask = oh_not_name(w) & ~OH_BETWEEN(w, ':', ':') & ~OH_BETWEEN(w, '[', '[') &
		       ~OH_BETWEEN(w, ']', ']');
		mask |= w & OH_HIGHS;
		if (mask && k * 8 + oh_first(mask) < len)
			return 0;
	}
	return 0;
}

static __always_inline int oh_ends_blank(const struct oh_head *h, __u32 value, __u32 len)
{
	__u8 c = h->data[(value + len - 1) & OH_MASK];

	return len && (c == ' ' || c == '\t');
}

/* The length of a value without the blanks behind it. */
OH_GLOBAL int oh_trimmed(struct oh_head *h, __u32 value, __u32 len)
{
	if (!h)
		return 0;
	for (__u32 k = 0; k < OH_BLANKS_MAX; k++) {
		if (!oh_ends_blank(h, value, len))
			return len;
		len--;
	}
	if (oh_ends_blank(h, value, len))
		h->flags |= OH_H_COMPLEX;
	return len;
}

static int oh_parse_header(__u32 i, void *data)
{
	struct oh_parse_ctx *ctx = data;
	struct oh_head *h = ctx->h;
	__u32 name, len, value, vlen;

	if (i >= OH_HEADERS_MAX)
		return 1;
	name = h->hdr[i].name;
	len = h->hdr[i].name_len;
	value = h->hdr[i].value;
	vlen = h->hdr[i].value_len;
	if (oh_ends_blank(h, value, vlen)) {
		vlen = oh_trimmed(h, value, vlen);
		h->hdr[i].value_len = vlen;
	}

	switch (h->hdr[i].hash) {
	case OH_HASH_HOST:
		if (!OH_IS_FOLD(h, name, len, "host"))
			break;
		if (h->flags & OH_H_HOST)
			h->flags |= OH_H_BAD;
		h->flags |= OH_H_HOST;
		h->host = value;
		h->host_len = vlen;
		if (!oh_is_plain_host(h, value, vlen))
			h->flags |= OH_H_COMPLEX;
		break;
	case OH_HASH_CONTENT_LENGTH:
		if (!OH_IS_FOLD(h, name, len, "content-length"))
			break;
		oh_content_length(h, value, vlen);
		/* not every server takes every blank behind the number */
		if (h->data[(value + vlen) & OH_MASK] != '\r')
			h->flags |= OH_H_COMPLEX;
		break;
	case OH_HASH_TRANSFER_ENCODING:
		if (OH_IS_FOLD(h, name, len, "transfer-encoding"))
			h->flags |= OH_H_CHUNKED;
		break;
	case OH_HASH_PROXY_CONNECTION: /* servers and Envoy read it like the other one */
	case OH_HASH_CONNECTION:
		if (!OH_IS_FOLD(h, name, len, "connection") &&
		    !OH_IS_FOLD(h, name, len, "proxy-connection"))
			break;
		if (OH_IS_FOLD(h, value, vlen, "keep-alive"))
			break;
		h->flags |= OH_IS_FOLD(h, value, vlen, "close") ? OH_H_CLOSE : OH_H_COMPLEX;
		break;
	case OH_HASH_EXPECT:
		if (OH_IS_FOLD(h, name, len, "expect"))
			h->flags |= OH_H_EXPECT;
		break;
	case OH_HASH_UPGRADE:
		if (OH_IS_FOLD(h, name, len, "upgrade"))
			h->flags |= OH_H_UPGRADE;
		break;
	}
	return 0;
}

/*
 * Parses the head in h->data[0 .. h->len). After it, h->state is OH_S_DONE (a
 * whole head; see h->flags), OH_S_BAD, or another one: the head goes on.
 */
static __always_inline void oh_parse_head(struct oh_head *h)
{
	struct oh_parse_ctx ctx = {.h = h};
	__u32 n = h->len;

	h->from = 0;
	h->known = 0;
	h->head_len = 0;
	h->state = OH_S_METHOD;
	h->at = 0;
	h->start = 0;
	h->hash = 0;
	h->hdrs_n = 0;
	h->flags = 0;
	h->content_length = 0;
	h->method_len = 0;
	h->target = 0;
	h->target_len = 0;
	h->path_len = 0;
	h->version = 0;
	h->version_len = 0;
	h->host = 0;
	h->host_len = 0;
	oh_barrier(n);
	if (n > OH_HEAD_MAX)
		n = OH_HEAD_MAX;
	oh_barrier(n);
	/* what an earlier head left behind must not look like the end of this one */
	__builtin_memset(&h->data[n], 0, 8);
	OH_LOOP(n + 1, oh_parse_step, &ctx);
	if (h->state < OH_S_DONE)
		h->state = OH_S_MORE; /* a method that fills the whole buffer */
	if (h->state != OH_S_DONE)
		return;
	if (h->hdrs_n > OH_HEADERS_MAX) {
		h->flags |= OH_H_COMPLEX;
		return;
	}
	OH_LOOP(h->hdrs_n, oh_parse_header, &ctx);
	if ((h->flags & OH_H_CHUNKED) && (h->flags & OH_H_SIZED))
		h->flags |= OH_H_BAD;
}

#define OH_METHOD(a, b, c, d, e, f, g)                                                             \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 |   \
	 (__u64)(f) << 40 | (__u64)(g) << 48)

/* A method that every server knows. Of another one it depends on the server what it means, if anything. */
static __always_inline int oh_is_plain_method(const struct oh_head *h)
{
	__u32 n = h->method_len;

	if (n > 7)
		return 0;
	switch (oh_word(h, 0) & ((1ull << n * 8) - 1)) {
	case OH_METHOD('G', 'E', 'T', 0, 0, 0, 0):
	case OH_METHOD('H', 'E', 'A', 'D', 0, 0, 0):
	case OH_METHOD('P', 'O', 'S', 'T', 0, 0, 0):
	case OH_METHOD('P', 'U', 'T', 0, 0, 0, 0):
	case OH_METHOD('D', 'E', 'L', 'E', 'T', 'E', 0):
	case OH_METHOD('P', 'A', 'T', 'C', 'H', 0, 0):
	case OH_METHOD('O', 'P', 'T', 'I', 'O', 'N', 'S'):
	case OH_METHOD('T', 'R', 'A', 'C', 'E', 0, 0):
		return 1;
	}
	return 0;
}

/* Why the kernel must not carry this request; OH_R_NONE: it may. */
static __always_inline __u32 oh_request_reason(const struct oh_head *h)
{
	if (h->state == OH_S_BAD)
		return OH_R_HEAD_BAD;
	if (h->state != OH_S_DONE)
		return h->len >= OH_HEAD_MAX ? OH_R_HEAD_TOO_LONG : OH_R_HEAD_SPLIT;
	if (h->flags & OH_H_BAD)
		return OH_R_HEAD_BAD;
	if (h->hdrs_n > OH_HEADERS_MAX)
		return OH_R_HEAD_COMPLEX;
	if (!OH_IS(h, h->version, h->version_len, "HTTP/1.1"))
		return OH_IS(h, h->version, h->version_len, "HTTP/1.0") ? OH_R_HTTP10
									: OH_R_HEAD_BAD;
	if (!(h->flags & OH_H_HOST))
		return OH_R_HEAD_BAD;
	if (h->flags & OH_H_UPGRADE || OH_IS(h, 0, h->method_len, "CONNECT"))
		return OH_R_UPGRADE;
	/* an absolute path only: other forms are the relay's */
	if (h->flags & OH_H_COMPLEX || h->data[h->target & OH_MASK] != '/' ||
	    !oh_is_plain_method(h))
		return OH_R_HEAD_COMPLEX;
	if (h->flags & OH_H_EXPECT)
		return OH_R_EXPECT;
	if (h->flags & OH_H_CHUNKED)
		return OH_R_REQUEST_CHUNKED;
	if (h->flags & OH_H_CLOSE)
		return OH_R_HTTP10;
	return OH_R_NONE;
}

/* The status of a response head: 100 to 599, or 0 when it is not HTTP/1.1. */
static __always_inline __u32 oh_response_status(const struct oh_head *h)
{
	__u32 t = h->target;
	__u8 a, b, c;

	if (h->target_len != 3 || !OH_IS(h, 0, h->method_len, "HTTP/1.1"))
		return 0;
	a = h->data[t & OH_MASK];
	b = h->data[(t + 1) & OH_MASK];
	c = h->data[(t + 2) & OH_MASK];
	if (a < '1' || a > '5' || b < '0' || b > '9' || c < '0' || c > '9')
		return 0;
	return (a - '0') * 100 + (b - '0') * 10 + (c - '0');
}

#endif
