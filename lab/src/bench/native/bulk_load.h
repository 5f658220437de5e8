/* SPDX-License-Identifier: Apache-2.0 */
/* One long stream a connection, in one direction; every byte is compared at its end. */
#ifndef ONEHOP_BENCH_BULK_LOAD_H
#define ONEHOP_BENCH_BULK_LOAD_H

#include "job.h"

struct stream {
	int fd;
	int connected;
	uint64_t total;
};

struct bulk {
	const struct job *job;
	struct report *report;
	uint64_t from, until;
	int poll_fd;
};

static uint8_t bulk_received[CHUNK];

static void stream_event(struct bulk *b, struct stream *s)
{
	int up = b->job->up;
	uint64_t now;
	ssize_t n;

	if (!s->connected) {
		struct epoll_event ev = {.events = up ? EPOLLOUT : EPOLLIN, .data.ptr = s};
		const char *line = up ? "up\n" : "down\n";

		s->connected = 1;
		if (send(s->fd, line, strlen(line), MSG_NOSIGNAL) < 0)
			fail(b->report, "connect: %s", strerror(errno));
		epoll_ctl(b->poll_fd, EPOLL_CTL_MOD, s->fd, &ev);
		return;
	}
	if (up) {
		size_t at = s->total % PATTERN;

		n = send(s->fd, pattern + at, PATTERN - at < CHUNK ? PATTERN - at : CHUNK,
			 MSG_NOSIGNAL);
	} else {
		n = recv(s->fd, bulk_received, CHUNK, 0);
	}
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(b->report, "stream: %s", n ? strerror(errno) : "end");
		return;
	}
	if (!up && !is_pattern(bulk_received, (size_t)n, s->total))
		fail(b->report, "wrong bytes in the stream, after %llu",
		     (unsigned long long)s->total);
	s->total += (uint64_t)n;
	now = now_ns();
	if (now >= b->from && now < b->until)
		b->report->bytes += (uint64_t)n;
}

/* The server has counted and compared what it got. */
static void check_upload(struct bulk *b, struct stream *s)
{
	char line[64], want[64];
	size_t len = 0;
	ssize_t n;

	shutdown(s->fd, SHUT_WR);
	fcntl(s->fd, F_SETFL, 0);
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = 5},
		   sizeof(struct timeval));
	while (len < sizeof(line) - 1 &&
	       (n = recv(s->fd, line + len, sizeof(line) - 1 - len, 0)) > 0)
		len += (size_t)n;
	line[len] = 0;
	snprintf(want, sizeof(want), "right %llu\n", (unsigned long long)s->total);
	if (strcmp(line, want))
		fail(b->report, "server got \"%s\" instead of \"%s\"", line, want);
}

static void run_bulk(const struct job *job, struct report *report)
{
	struct bulk b = {.job = job, .report = report, .poll_fd = epoll_create1(EPOLL_CLOEXEC)};
	struct stream *streams = calloc(job->connections, sizeof(*streams));
	struct epoll_event events[64];
	struct sockaddr_in to;
	uint64_t now = now_ns();

	if (!parse_address(job->to, &to)) {
		fail(report, "%s is no address", job->to);
		return;
	}
	b.from = now + (uint64_t)job->warm_ms * 1000000;
	b.until = b.from + (uint64_t)job->ms * 1000000;
	for (uint32_t i = 0; i < job->connections; i++) {
		struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = &streams[i]};

		streams[i].fd = tcp_socket();
		if (connect(streams[i].fd, (struct sockaddr *)&to, sizeof(to)) &&
		    errno != EINPROGRESS)
			fail(report, "connect: %s", strerror(errno));
		epoll_ctl(b.poll_fd, EPOLL_CTL_ADD, streams[i].fd, &ev);
	}
	while ((now = now_ns()) < b.until && !report->failed) {
		int n = epoll_wait(b.poll_fd, events, 64, (int)((b.until - now) / 1000000) + 1);

		for (int i = 0; i < n; i++)
			stream_event(&b, events[i].data.ptr);
	}
	report->window_ns = b.until - b.from;
	report->all_requests = report->requests = job->connections;
	report->all_connections = job->connections;
	for (uint32_t i = 0; i < job->connections; i++) {
		if (job->up && !report->failed)
			check_upload(&b, &streams[i]);
		close(streams[i].fd);
	}
	close(b.poll_fd);
	free(streams);
}

#endif
