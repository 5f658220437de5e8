/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * HTTP/1.1 heads (RFC 9112), strictly: one pass over the bytes, then one over
 * the headers for those that decide framing. Whatever is not plain is marked
 * OH_H_BAD or OH_H_COMPLEX, and the caller hands the message to the relay:
 * the kernel carries only what it understands completely.
 */
#ifndef ONEHOP_HTTP_H
#define ONEHOP_HTTP_H

#include "base.h"
#include "reasons.h"
#include "state.h"

enum oh_parse_state {
	OH_S_TOKEN1 = 0, /* method, or version of a response */
	OH_S_TOKEN2, /* target, or status */
	OH_S_TOKEN3, /* version, or phrase */
	OH_S_LINE1_LF,
	OH_S_HEADER, /* first byte of a header line */
	OH_S_NAME,
	OH_S_BLANK, /* before a value */
	OH_S_VALUE,
	OH_S_LF,
	OH_S_END_LF,
	OH_S_DONE,
	OH_S_BAD,
};

#define OH_FNV_START 2166136261u
#define OH_FNV_PRIME 16777619u

/* FNV-1a of lower-case names; the router's tests check them. */
#define OH_HASH_HOST 0xaffea56fu
#define OH_HASH_CONNECTION 0x38b99ed9u
#define OH_HASH_CONTENT_LENGTH 0x4df9451du
#define OH_HASH_TRANSFER_ENCODING 0xddb4744cu
#define OH_HASH_EXPECT 0x96da6b58u
#define OH_HASH_UPGRADE 0xdc97cc77u

/* RFC 9110 5.6.2: token characters */
static __always_inline int oh_is_token(__u8 c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return 1;
	return c == '-' || c == '_' || c == '.' || c == '!' || c == '#' || c == '$' || c == '%' ||
	       c == '&' || c == '\'' || c == '*' || c == '+' || c == '^' || c == '`' || c == '|' ||
	       c == '~';
}

static __always_inline __u8 oh_lower(__u8 c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

struct oh_parse_ctx {
	struct oh_head *h;
};

static int oh_parse_byte(__u32 i, void *data)
{
	struct oh_parse_ctx *ctx = data;
	struct oh_head *h = ctx->h;
	__u8 c = h->data[i & OH_MASK];
	__u32 n = h->hdrs_n;

	switch (h->state) {
	case OH_S_VALUE:
		if (c == '\r') {
			if (n < OH_HEADERS_MAX)
				h->hdr[n].value_len = i - h->start;
			h->hdrs_n = n + 1;
			h->state = OH_S_LF;
			return 0;
		}
		if (c < ' ' && c != '\t')
			break;
		if (c == 127)
			break;
		return 0;
	case OH_S_NAME:
		if (c == ':') {
			if (n < OH_HEADERS_MAX) {
				h->hdr[n].name = h->start;
				h->hdr[n].name_len = i - h->start;
				h->hdr[n].hash = h->hash;
				h->hdr[n].value = i + 1;
				h->hdr[n].value_len = 0;
			}
			h->start = i + 1;
			h->state = OH_S_BLANK;
			return 0;
		}
		if (!oh_is_token(c))
			break;
		h->hash = (h->hash ^ oh_lower(c)) * OH_FNV_PRIME;
		return 0;
	case OH_S_BLANK:
		if (c == ' ' || c == '\t')
			return 0;
		h->start = i;
		if (n < OH_HEADERS_MAX)
			h->hdr[n].value = i;
		if (c == '\r') {
			h->hdrs_n = n + 1;
			h->state = OH_S_LF;
			return 0;
		}
		if (c < ' ' || c == 127)
			break;
		h->state = OH_S_VALUE;
		return 0;
	case OH_S_LF:
	case OH_S_LINE1_LF:
		if (c != '\n')
			break;
		h->state = OH_S_HEADER;
		return 0;
	case OH_S_HEADER:
		if (c == '\r') {
			h->state = OH_S_END_LF;
			return 0;
		}
		if (!oh_is_token(c))
			break;
		h->start = i;
		h->hash = (OH_FNV_START ^ oh_lower(c)) * OH_FNV_PRIME;
		h->state = OH_S_NAME;
		return 0;
	case OH_S_END_LF:
		if (c != '\n')
			break;
		h->head_len = i + 1;
		h->state = OH_S_DONE;
		return 1;
	case OH_S_TOKEN1:
		if (c == ' ' && i > 0) {
			h->method_len = i;
			h->target = i + 1;
			h->start = i + 1;
			h->state = OH_S_TOKEN2;
			return 0;
		}
		if (!oh_is_token(c) && c != '/')
			break;
		return 0;
	case OH_S_TOKEN2:
		if (c == ' ' && i > h->start) {
			h->target_len = i - h->start;
			if (!h->path_len)
				h->path_len = h->target_len;
			h->version = i + 1;
			h->start = i + 1;
			h->state = OH_S_TOKEN3;
			return 0;
		}
		if (c == '?' && !h->path_len)
			h->path_len = i - h->start;
		if (c == '#')
			h->flags |= OH_H_COMPLEX;
		if (c <= ' ' || c >= 127)
			break;
		return 0;
	case OH_S_TOKEN3:
		if (c == '\r') {
			h->version_len = i - h->start;
			h->state = OH_S_LINE1_LF;
			return 0;
		}
		if (c < ' ' && c != '\t')
			break;
		return 0;
	}
	h->state = OH_S_BAD;
	return 1;
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
	/* trailing blanks are not part of the value */
	for (__u32 k = 0; k < 16; k++) {
		__u8 c;

		if (!vlen)
			break;
		c = h->data[(value + vlen - 1) & OH_MASK];
		if (c != ' ' && c != '\t')
			break;
		vlen--;
	}
	h->hdr[i].value_len = vlen;

	switch (h->hdr[i].hash) {
	case OH_HASH_HOST:
		if (!OH_IS_FOLD(h, name, len, "host"))
			break;
		if (h->flags & OH_H_HOST)
			h->flags |= OH_H_BAD;
		h->flags |= OH_H_HOST;
		h->host = value;
		h->host_len = vlen;
		break;
	case OH_HASH_CONTENT_LENGTH:
		if (OH_IS_FOLD(h, name, len, "content-length"))
			oh_content_length(h, value, vlen);
		break;
	case OH_HASH_TRANSFER_ENCODING:
		if (OH_IS_FOLD(h, name, len, "transfer-encoding"))
			h->flags |= OH_H_CHUNKED;
		break;
	case OH_HASH_CONNECTION:
		if (!OH_IS_FOLD(h, name, len, "connection") ||
		    OH_IS_FOLD(h, value, vlen, "keep-alive"))
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

	h->head_len = 0;
	h->state = OH_S_TOKEN1;
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
	if (n > OH_HEAD_MAX)
		n = OH_HEAD_MAX;
	OH_LOOP(n, oh_parse_byte, &ctx);
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

/* Why the kernel must not carry this request; OH_R_NONE: it may. */
static __always_inline __u32 oh_request_reason(const struct oh_head *h)
{
	if (h->state == OH_S_BAD)
		return OH_R_HEAD_BAD;
	if (h->state != OH_S_DONE)
		return h->len >= OH_HEAD_MAX ? OH_R_HEAD_TOO_LONG : OH_R_HEAD_SPLIT;
	if (h->flags & OH_H_BAD)
		return OH_R_HEAD_BAD;
	if (!OH_IS(h, h->version, h->version_len, "HTTP/1.1"))
		return OH_IS(h, h->version, h->version_len, "HTTP/1.0") ? OH_R_HTTP10
									: OH_R_HEAD_BAD;
	if (!(h->flags & OH_H_HOST))
		return OH_R_HEAD_BAD;
	if (h->flags & OH_H_UPGRADE || OH_IS(h, 0, h->method_len, "CONNECT"))
		return OH_R_UPGRADE;
	/* an absolute path only: other forms are the relay's */
	if (h->flags & OH_H_COMPLEX || h->data[h->target & OH_MASK] != '/')
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
