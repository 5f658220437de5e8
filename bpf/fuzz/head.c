/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libFuzzer: the head parser and the router on any bytes, with the kernel's
 * limits. What the parser says is compared with a second reading of the same
 * bytes, written for clearness; bytes behind the head are poisoned, so that a
 * read outside ends the run.
 */
#define _GNU_SOURCE
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/explain.h"
#include "tables.h"

#define WORD 8 /* the parser reads up to one beyond the end */

static struct oh_head head;
static struct oh_answer answer;

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static const char *at(__u32 off)
{
	return (const char *)&head.data[off];
}

static int is_token(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", p[i]))
			return 0;
	return n > 0;
}

static int is_value(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\t' && ((p[i] >= 0 && p[i] < ' ') || p[i] == 0x7f))
			return 0;
	return 1;
}

static int is_name(const char *p, size_t n, const char *name)
{
	return n == strlen(name) && !strncasecmp(p, name, n);
}

struct seen {
	int hosts, lengths, encodings, expects, upgrades, closes;
	__u64 length;
	int bad_length;
	const char *host;
	size_t host_len;
};

static void see_length(struct seen *seen, const char *value, size_t n)
{
	seen->lengths++;
	seen->length = 0;
	if (!n || n > 18)
		seen->bad_length = 1;
	for (size_t i = 0; i < n; i++) {
		if (value[i] < '0' || value[i] > '9')
			seen->bad_length = 1;
		seen->length = seen->length * 10 + (value[i] - '0');
	}
}

static void see_header(struct seen *seen, const char *name, size_t n, const char *value, size_t len)
{
	if (is_name(name, n, "host")) {
		seen->hosts++;
		seen->host = value;
		seen->host_len = len;
	} else if (is_name(name, n, "content-length")) {
		see_length(seen, value, len);
	} else if (is_name(name, n, "transfer-encoding")) {
		seen->encodings++;
	} else if (is_name(name, n, "expect")) {
		seen->expects++;
	} else if (is_name(name, n, "upgrade")) {
		seen->upgrades++;
	} else if (is_name(name, n, "connection") || is_name(name, n, "proxy-connection")) {
		seen->closes += !is_name(value, len, "keep-alive");
	}
}

/* One header line: the parser has seen the same name and value. */
static void check_header(struct seen *seen, __u32 i, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n);
	const char *value, *end = line + n;
	const struct oh_hdr *hdr;
	__u32 blanks = 0;

	MUST(colon && is_token(line, colon - line));
	value = colon + 1;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	MUST(is_value(value, end - value));
	if (i >= OH_HEADERS_MAX || head.hdrs_n > OH_HEADERS_MAX)
		return;
	hdr = &head.hdr[i];
	MUST(hdr->name == line - at(0) && hdr->name_len == colon - line);
	MUST(hdr->value == value - at(0));
	while (end > value && (end[-1] == ' ' || end[-1] == '\t') && blanks < OH_BLANKS_MAX) {
		end--;
		blanks++;
	}
	MUST(hdr->value_len == end - value);
	if (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		MUST(head.flags & OH_H_COMPLEX);
	if (is_name(line, colon - line, "content-length") && end < line + n)
		MUST(head.flags & OH_H_COMPLEX);
	see_header(seen, line, colon - line, value, end - value);
}

/* The first line of a request; the spans of the parser are its three parts. */
static void check_first_line(const char *line, size_t n)
{
	const char *one = memchr(line, ' ', n);
	const char *two;
	size_t target;

	MUST(one && head.method_len == one - line && head.target == head.method_len + 1);
	MUST(head.method_len > 0);
	two = memchr(one + 1, ' ', n - (one + 1 - line));
	MUST(two && head.target_len == two - one - 1 && head.version == two + 1 - line);
	MUST(head.version_len == n - head.version);
	target = strcspn(one + 1, "?# ");
	MUST(head.path_len == target || !target);
}

static void check_flags(const struct seen *seen)
{
	if (head.hdrs_n > OH_HEADERS_MAX) {
		MUST(oh_request_reason(&head) == OH_R_HEAD_COMPLEX);
		return;
	}
	MUST(!(head.flags & OH_H_HOST) == !seen->hosts);
	MUST(!(head.flags & OH_H_CHUNKED) == !seen->encodings);
	MUST(!(head.flags & OH_H_EXPECT) == !seen->expects);
	MUST(!(head.flags & OH_H_UPGRADE) == !seen->upgrades);
	MUST(!(head.flags & (OH_H_CLOSE | OH_H_COMPLEX)) <= !seen->closes);
	MUST(!(head.flags & OH_H_BAD) == !(seen->hosts > 1 || seen->lengths > 1 ||
					   seen->bad_length || (seen->lengths && seen->encodings)));
	if (head.flags & OH_H_BAD)
		return;
	MUST(!(head.flags & OH_H_SIZED) == !seen->lengths);
	MUST(head.content_length == seen->length);
	if (seen->hosts)
		MUST(at(head.host) == seen->host && head.host_len == seen->host_len);
}

/* What the kernel may carry is as plain as it says. */
static void check_carried(const struct seen *seen)
{
	if (oh_request_reason(&head))
		return;
	MUST(seen->hosts == 1 && seen->lengths <= 1 && !seen->encodings && !seen->expects);
	MUST(!seen->upgrades && !seen->closes && !seen->bad_length);
	MUST(*at(head.target) == '/' && !memcmp(at(head.version), "HTTP/1.1", 8));
	MUST(memchr(at(head.target), '#', head.target_len) == 0);
	for (__u32 i = 0; i < head.method_len; i++)
		MUST(head.data[i] >= 'A' && head.data[i] <= 'Z');
	for (__u32 i = 0; i < head.target_len; i++)
		MUST(head.data[head.target + i] > ' ' && head.data[head.target + i] < 0x7f);
}

static void check_whole_head(void)
{
	const char *line = at(0), *last = at(head.head_len) - 2;
	const char *end = strstr(line, "\r\n");
	struct seen seen = {};
	__u32 n = 0;

	MUST(head.head_len <= head.len && head.head_len > 4);
	MUST(memmem(line, head.len, "\r\n\r\n", 4) == last - 2);
	check_first_line(line, end - line);
	for (line = end + 2; line < last; line = end + 2) {
		end = memmem(line, last - line, "\r\n", 2);
		check_header(&seen, n++, line, end - line);
	}
	MUST(n == head.hdrs_n);
	check_flags(&seen);
	check_carried(&seen);
}

static void load(const __u8 *data, size_t size)
{
	ASAN_UNPOISON_MEMORY_REGION(head.data, sizeof(head.data));
	memcpy(head.data, data, size);
	head.len = size;
	ASAN_POISON_MEMORY_REGION(head.data + size + WORD, sizeof(head.data) - size - WORD);
}

/* Bytes behind the head are of the next message: they must not count. */
static void check_head_alone(const __u8 *data)
{
	__u32 reason = oh_request_reason(&head), flags = head.flags, n = head.head_len;
	__u64 length = head.content_length;

	load(data, n);
	oh_parse_head(&head);
	MUST(head.state == OH_S_DONE && head.head_len == n && head.flags == flags);
	MUST(oh_request_reason(&head) == reason && head.content_length == length);
	/* and no part of it is a head */
	load(data, n - 1);
	oh_parse_head(&head);
	MUST(head.state == OH_S_MORE);
}

/* With and without steps the same is decided, and looking leaves no trace. */
static void check_decision(const __u8 *data, size_t size)
{
	struct oh_decision d = {.gen = 1, .listener = 1};
	__u64 turn = *oh_turn_at(1);
	__u32 stopped;

	load(data, size);
	oh_explain_head(&head, &fuzz_address, FUZZ_HTTP_PORT, &answer);
	MUST(*oh_turn_at(1) == turn);
	MUST(answer.d.listener == 1);
	if (head.state != OH_S_DONE) {
		MUST(answer.stopped == answer.refused && answer.refused);
		return;
	}
	MUST(!head.explain);
	stopped = oh_decide(&head, &d);
	MUST(d.vhost == answer.d.vhost && d.route == answer.d.route && d.rconf == 1);
	MUST(d.vhost >= 1 && d.vhost <= 3 && d.route >= 1 && d.route <= FUZZ_ROUTES);
	MUST(answer.steps_n > 0 && answer.steps_n <= FUZZ_ROUTES + 4);
	MUST(answer.stopped == OH_R_NONE || answer.stopped == OH_R_NO_ENDPOINT);
	MUST(stopped == OH_R_NONE || stopped == OH_R_NO_ENDPOINT);
	if (!stopped)
		MUST(d.endpoint >= 1 && d.endpoint <= 5 && d.path == OH_PATH_KERNEL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_fill_tables();
	return 0;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	if (size == 0 || size > OH_HEAD_MAX)
		return -1;
	load(data, size);
	oh_parse_head(&head);
	MUST(head.len == size);
	switch (head.state) {
	case OH_S_DONE:
		check_whole_head();
		check_head_alone(data);
		break;
	case OH_S_MORE:
		MUST(!memmem(data, size, "\r\n\r\n", 4));
		MUST(oh_request_reason(&head) ==
		     (size == OH_HEAD_MAX ? OH_R_HEAD_TOO_LONG : OH_R_HEAD_SPLIT));
		break;
	default:
		MUST(head.state == OH_S_BAD);
		MUST(oh_request_reason(&head) == OH_R_HEAD_BAD);
	}
	check_decision(data, size);
	return 0;
}
