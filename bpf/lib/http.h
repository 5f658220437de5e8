/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * HTTP/1.1 heads (RFC 9112), strictly: one pass over the bytes (scan.h), then
 * one over the headers for those that decide framing. Whatever is not plain is marked
 * OH_H_BAD or OH_H_COMPLEX, and the caller hands the message to the relay:
 * the kernel carries only what it understands completely.
 */
#ifndef ONEHOP_HTTP_H
#define ONEHOP_HTTP_H

#include "reasons.h"
#include "scan.h"

/* oh_name_hash() of lower-case names; the router's tests check them against the text. */
#define OH_HASH_HOST 0x1052d03cu
#define OH_HASH_CONNECTION 0x09f7d32du
#define OH_HASH_CONTENT_LENGTH 0x003cdfefu
#define OH_HASH_TRANSFER_ENCODING 0xb44b0e80u
#define OH_HASH_EXPECT 0xd7598d85u
#define OH_HASH_UPGRADE 0x70e763a5u
#define OH_HASH_PROXY_CONNECTION 0x0f4f7bd5u

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
