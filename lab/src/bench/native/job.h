/* SPDX-License-Identifier: Apache-2.0 */
/* One measurement: what is asked for, and the report on it. */
#ifndef ONEHOP_BENCH_JOB_H
#define ONEHOP_BENCH_JOB_H

#include "common.h"
#include "histogram.h"

enum close_mode {
	KEEP, /* many requests on a connection */
	CLOSE, /* one request with `Connection: close`; the server closes */
	HANGUP, /* one request; the client closes after the response */
};

struct job {
	char to[80];
	char host[80];
	uint32_t connections, bytes;
	enum close_mode mode;
	uint32_t warm_ms, ms;
	/* closed loop: the window is prolonged up to max_ms until it has min_requests */
	uint32_t max_ms, min_requests;
	uint32_t rate; /* requests a second, at fixed times; 0: closed loop */
	int up; /* bulk: upload */
	uint32_t nonce; /* of the first request */
};

struct report {
	uint64_t requests; /* in the window */
	uint64_t all_requests; /* with those before and after */
	uint64_t all_connections;
	uint64_t bytes; /* of bodies, in the window */
	uint64_t window_ns;
	uint64_t unserved; /* fixed rate: due, but never sent */
	uint64_t
		late_ns; /* fixed rate: latest that a request was sent after it was due, with a connection free */
	struct histogram latency;
	int failed;
	char failure[256];
};

/* Keeps the first failure. */
static __attribute__((format(printf, 2, 3))) inline void fail(struct report *r, const char *format,
							      ...)
{
	va_list args;

	if (r->failed++)
		return;
	va_start(args, format);
	vsnprintf(r->failure, sizeof(r->failure), format, args);
	va_end(args);
}

#endif
