/* SPDX-License-Identifier: Apache-2.0 */
/* What the server under test and the load generator share: the bytes of bodies, time, sockets. */
#ifndef ONEHOP_BENCH_COMMON_H
#define ONEHOP_BENCH_COMMON_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BODY_MAX (1u << 20) /* longest response body */
#define OFFSETS (1u << 16) /* bodies start at one of so many places */
#define PATTERN (BODY_MAX + OFFSETS)
#define HEAD_MAX 4096u
#define CHUNK (256u << 10)

/* Every body is a window of this: one byte lost, doubled or of another's response shows. */
static uint8_t pattern[PATTERN];

static inline void make_pattern(void)
{
	uint64_t x = 0x9e3779b97f4a7c15ull;

	for (size_t i = 0; i < PATTERN; i += 8) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(&pattern[i], &x, 8);
	}
}

/* Where the body of the request with this nonce starts. */
static inline uint32_t body_offset(uint32_t nonce)
{
	return (nonce * 2654435761u) >> 16;
}

/* Compares n bytes with an endless repetition of the pattern from position at. */
static inline int is_pattern(const uint8_t *data, size_t n, uint64_t at)
{
	while (n) {
		size_t from = at % PATTERN, part = PATTERN - from;

		if (part > n)
			part = n;
		if (memcmp(data, pattern + from, part))
			return 0;
		data += part;
		at += part;
		n -= part;
	}
	return 1;
}

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* address as a.b.c.d:port; returns 0 when it is none */
static inline int parse_address(const char *text, struct sockaddr_in *to)
{
	char host[64];
	const char *colon = strrchr(text, ':');

	if (!colon || (size_t)(colon - text) >= sizeof(host))
		return 0;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = 0;
	memset(to, 0, sizeof(*to));
	to->sin_family = AF_INET;
	to->sin_port = htons((uint16_t)atoi(colon + 1));
	return inet_pton(AF_INET, host, &to->sin_addr) == 1;
}

#endif
