/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP requests in a closed loop (each connection asks again as soon as it is answered) or at fixed times. At fixed
 * times, latency counts from the moment at which the request was due, not from when a connection was free for it:
 * a stall is seen by all requests that fell into it.
 */
#ifndef ONEHOP_BENCH_HTTP_LOAD_H
#define ONEHOP_BENCH_HTTP_LOAD_H

#include "job.h"

enum client_state { UNUSED, CONNECTING, IDLE, HEAD, BODY, ENDING };

#define DRAIN_NS 5000000000ull /* what is under way at the end of a run must be complete within */

struct client {
	int fd;
	enum client_state state;
	uint32_t nonce, offset, left, head_len;
	uint64_t start; /* closed loop: of this request; fixed rate: when it was due */
	char head[1024];
};

struct load {
	const struct job *job;
	struct report *report;
	struct sockaddr_in to;
	struct client *clients;
	struct client **idle; /* stack */
	uint32_t idle_n;
	uint32_t open; /* clients with a request under way */
	int poll_fd;
	uint32_t nonce;
	uint64_t begin, from, until; /* of the window */
	uint64_t due_n; /* fixed rate: requests sent so far */
	int stopping;
	char request[512];
	char *nonce_end;
	uint32_t request_len;
};

static uint8_t received[CHUNK];

static void client_open(struct load *l, struct client *c)
{
	struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = c};

	c->fd = tcp_socket();
	if (c->fd < 0 ||
	    (connect(c->fd, (struct sockaddr *)&l->to, sizeof(l->to)) && errno != EINPROGRESS)) {
		fail(l->report, "connect: %s", strerror(errno));
		return;
	}
	l->report->all_connections++;
	c->state = CONNECTING;
	epoll_ctl(l->poll_fd, EPOLL_CTL_ADD, c->fd, &ev);
}

/* Requests differ in one number only, which has ten digits; see make_head() of the server. */
static void make_request(struct load *l)
{
	int len = snprintf(l->request, sizeof(l->request),
			   "GET /%u/0000000000 HTTP/1.1\r\nHost: %s\r\nUser-Agent: onehop-bench\r\n"
			   "Accept: */*\r\n%s\r\n",
			   l->job->bytes, l->job->host,
			   l->job->mode == CLOSE ? "Connection: close\r\n" : "");

	l->request_len = (uint32_t)len;
	l->nonce_end = strstr(l->request, " HTTP/1.1") - 1;
}

static void client_send(struct load *l, struct client *c)
{
	char *digit = l->nonce_end;

	c->nonce = l->nonce++;
	c->offset = body_offset(c->nonce);
	c->left = l->job->bytes;
	c->head_len = 0;
	c->state = HEAD;
	for (uint32_t i = 0, n = c->nonce; i < 10; i++, n /= 10)
		*digit-- = (char)('0' + n % 10);
	if (send(c->fd, l->request, l->request_len, MSG_NOSIGNAL) != (ssize_t)l->request_len)
		fail(l->report, "send: %s", strerror(errno));
}

/* A request that is due (at start) goes to this idle client. */
static void client_ask(struct load *l, struct client *c, uint64_t start)
{
	c->start = start;
	l->open++;
	if (l->job->mode == KEEP)
		client_send(l, c);
	else
		client_open(l, c);
}

static void client_close(struct load *l, struct client *c)
{
	(void)l;
	close(c->fd);
	c->state = UNUSED;
}

/* Is this the name of a header, whatever the case of its letters? name is in lower case. */
static int is_header(const char *line, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((line[i] | (name[i] >= 'a' ? 32 : 0)) != name[i])
			return 0;
	return 1;
}

/* The whole head is in c->head up to end: status, length, nonce. Returns 0 when one is wrong. */
static int check_head(struct load *l, struct client *c, const char *end)
{
	long length = -1, nonce = -1;

	if (memcmp(c->head, "HTTP/1.1 200", 12)) {
		fail(l->report, "status: %.60s", c->head);
		return 0;
	}
	for (const char *line = c->head; line; line = memchr(line, '\n', (size_t)(end - line))) {
		if (*line == '\n')
			line++;
		if (end - line < 16)
			break;
		if (is_header(line, "content-length: ", 16))
			length = strtol(line + 16, 0, 10);
		else if (is_header(line, "x-nonce: ", 9))
			nonce = strtol(line + 9, 0, 10);
	}
	if (length != (long)l->job->bytes)
		fail(l->report, "content-length %ld instead of %u", length, l->job->bytes);
	if (nonce != (long)c->nonce)
		fail(l->report, "response to request %ld instead of %u", nonce, c->nonce);
	return length == (long)l->job->bytes && nonce == (long)c->nonce;
}

/* Takes n bytes of the response. Returns 0 when they are wrong. */
static int take_bytes(struct load *l, struct client *c, const uint8_t *data, size_t n, uint64_t now)
{
	if (c->state == HEAD) {
		uint32_t old = c->head_len, part = (uint32_t)(sizeof(c->head) - 1 - old);
		char *end;

		if (part > n)
			part = (uint32_t)n;
		memcpy(c->head + old, data, part);
		c->head_len += part;
		c->head[c->head_len] = 0;
		end = memmem(c->head, c->head_len, "\r\n\r\n", 4);
		if (!end) {
			if (c->head_len == sizeof(c->head) - 1)
				fail(l->report, "head over %zu bytes", sizeof(c->head));
			return c->head_len < sizeof(c->head) - 1;
		}
		if (!check_head(l, c, end + 2))
			return 0;
		part = (uint32_t)(end + 4 - c->head) - old;
		data += part;
		n -= part;
		c->state = BODY;
	}
	if (n > c->left) {
		fail(l->report, "%zu bytes after the end of the response", n - c->left);
		return 0;
	}
	if (n && !is_pattern(data, n, c->offset + l->job->bytes - c->left)) {
		fail(l->report, "wrong bytes in the body of request %u, %u before its end",
		     c->nonce, c->left);
		return 0;
	}
	c->left -= (uint32_t)n;
	if (now >= l->from && now < l->until)
		l->report->bytes += n;
	return 1;
}

static void client_idle(struct load *l, struct client *c)
{
	l->idle[l->idle_n++] = c;
}

/* The response is complete; with one connection a request, this connection is gone. */
static void client_done(struct load *l, struct client *c, uint64_t now)
{
	l->open--;
	if (l->job->rate || l->stopping)
		client_idle(l, c);
	else
		client_ask(l, c, now);
}

static void response_complete(struct load *l, struct client *c, uint64_t now)
{
	/* at fixed times, the window is that of the due times */
	uint64_t at = l->job->rate ? c->start : now;

	l->report->all_requests++;
	if (at >= l->from && at < l->until) {
		l->report->requests++;
		hist_add(&l->report->latency, now - c->start);
	}
	if (l->job->mode == CLOSE) {
		c->state = ENDING;
		return;
	}
	c->state = IDLE;
	if (l->job->mode == HANGUP)
		client_close(l, c);
	client_done(l, c, now);
}

static void client_readable(struct load *l, struct client *c)
{
	ssize_t n = recv(c->fd, received, sizeof(received), 0);
	uint64_t now = now_ns();

	if (n < 0 && errno == EAGAIN)
		return;
	if (c->state == ENDING && n == 0) {
		client_close(l, c);
		client_done(l, c, now);
		return;
	}
	if (n <= 0) {
		fail(l->report, "%s in state %d, %u bytes of the body missing",
		     n ? strerror(errno) : "end of stream", c->state, c->left);
		return;
	}
	if (c->state != HEAD && c->state != BODY) {
		fail(l->report, "%zd bytes that nobody asked for", n);
		return;
	}
	if (take_bytes(l, c, received, (size_t)n, now) && c->state == BODY && !c->left)
		response_complete(l, c, now);
}

static void client_event(struct load *l, struct client *c, uint32_t events)
{
	if (c->state == CONNECTING) {
		struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
		int error = 0;
		socklen_t len = sizeof(error);

		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error) {
			fail(l->report, "connect: %s", strerror(error));
			return;
		}
		if (!(events & EPOLLOUT))
			return;
		epoll_ctl(l->poll_fd, EPOLL_CTL_MOD, c->fd, &ev);
		if (l->job->mode == KEEP) {
			c->state = IDLE;
			client_idle(l, c);
			return;
		}
		client_send(l, c);
		return;
	}
	client_readable(l, c);
}

/* Waits until limit at the latest and handles what happened. */
static void turn(struct load *l, uint64_t limit)
{
	struct epoll_event events[256];
	uint64_t now = now_ns(), left = limit > now ? limit - now : 0;
	struct timespec t = {(time_t)(left / 1000000000ull), (long)(left % 1000000000ull)};
	int n = epoll_pwait2(l->poll_fd, events, 256, &t, 0);

	for (int i = 0; i < n && !l->report->failed; i++)
		client_event(l, events[i].data.ptr, events[i].events);
}

static void closed_loop(struct load *l)
{
	const struct job *job = l->job;
	uint64_t max = l->from + (uint64_t)job->max_ms * 1000000;
	uint64_t now = now_ns();

	while (l->idle_n)
		client_ask(l, l->idle[--l->idle_n], now);
	while (!l->report->failed) {
		now = now_ns();
		if (now >= l->until) {
			if (l->report->requests >= job->min_requests || now >= max)
				break;
			l->until = now + 10000000 < max ? now + 10000000 : max;
		}
		turn(l, l->until);
	}
	l->report->window_ns = l->until - l->from;
}

static uint64_t due_at(const struct load *l, uint64_t n)
{
	return l->begin + n * 1000000000ull / l->job->rate;
}

static void fixed_rate(struct load *l)
{
	uint64_t give_up = l->until + DRAIN_NS / 2;

	while (!l->report->failed) {
		uint64_t now = now_ns(), due = due_at(l, l->due_n);

		while (due <= now && due < l->until && l->idle_n) {
			client_ask(l, l->idle[--l->idle_n], due);
			due = due_at(l, ++l->due_n);
		}
		if (due >= l->until || now >= give_up)
			break;
		turn(l, l->idle_n ? due : give_up);
		now = now_ns();
		if (l->idle_n && now > due && now - due > l->report->late_ns)
			l->report->late_ns = now - due;
	}
	if (due_at(l, l->due_n) < l->until)
		l->report->unserved =
			(l->until - due_at(l, l->due_n)) * l->job->rate / 1000000000ull;
	l->report->window_ns = l->until - l->from;
}

/* All connections stand before the clock starts; with one a request there are none yet. */
static void connect_all(struct load *l)
{
	uint64_t limit = now_ns() + DRAIN_NS;
	uint32_t n = l->job->connections;

	for (uint32_t i = 0; i < n && !l->report->failed; i++) {
		if (l->job->mode == KEEP)
			client_open(l, &l->clients[i]);
		else
			client_idle(l, &l->clients[i]);
	}
	while (l->idle_n < n && !l->report->failed && now_ns() < limit)
		turn(l, limit);
	if (l->idle_n < n)
		fail(l->report, "%u of %u connections stand after 5 s", l->idle_n, n);
}

static void run_http(const struct job *job, struct report *report)
{
	struct load l = {.job = job, .report = report, .nonce = job->nonce};
	uint64_t limit;

	if (!parse_address(job->to, &l.to)) {
		fail(report, "%s is no address", job->to);
		return;
	}
	l.clients = calloc(job->connections, sizeof(*l.clients));
	l.idle = calloc(job->connections, sizeof(void *));
	l.poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!l.clients || !l.idle || l.poll_fd < 0)
		die("memory");
	make_request(&l);
	l.from = l.until = UINT64_MAX;
	connect_all(&l);
	l.begin = now_ns();
	l.from = l.begin + (uint64_t)job->warm_ms * 1000000;
	l.until = l.from + (uint64_t)job->ms * 1000000;
	if (!report->failed)
		(job->rate ? fixed_rate : closed_loop)(&l);
	l.stopping = 1;
	limit = now_ns() + DRAIN_NS;
	while (l.open && !report->failed && now_ns() < limit)
		turn(&l, limit);
	if (l.open && !report->failed)
		fail(report, "%u requests without an answer after 5 s", l.open);
	for (uint32_t i = 0; i < job->connections; i++)
		if (l.clients[i].state != UNUSED)
			close(l.clients[i].fd);
	close(l.poll_fd);
	free(l.clients);
	free(l.idle);
}

#endif
