// SPDX-License-Identifier: Apache-2.0
/*
 * The server under test: one thread, epoll, answers from memory.
 *
 *   server ADDRESS HTTP_PORT... BULK_PORT
 *
 * HTTP ports: `GET /<bytes>/<nonce>` gets a body of so many bytes (at most 1 MiB); `x-nonce` repeats the nonce.
 * The bulk port: a line `down` gets an endless stream, `up` sends one and, after its end, gets the number of right
 * bytes, `count` gets the number of HTTP requests that were answered so far.
 */
#include "common.h"

enum kind { LISTEN_HTTP, LISTEN_BULK, HTTP, BULK_LINE, BULK_DOWN, BULK_UP };

struct conn {
	int fd;
	enum kind kind;
	int closing; /* after the response */
	int waiting; /* for room to send: EPOLLOUT is asked for */
	uint32_t in_len;
	uint32_t head_len, head_sent;
	uint32_t body_at, body_left;
	uint64_t total; /* bulk */
	int wrong;
	char in[HEAD_MAX];
	char head[256];
};

static int poll_fd;
static uint8_t buffer[CHUNK];
static unsigned long long answered;

static void watch(struct conn *c, int out)
{
	struct epoll_event ev = {.events = out ? EPOLLOUT : EPOLLIN, .data.ptr = c};

	if (c->waiting == out)
		return;
	c->waiting = out;
	epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &ev);
}

static void drop(struct conn *c)
{
	close(c->fd);
	free(c);
}

static void add(int fd, enum kind kind)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	if (!c)
		die("memory");
	c->fd = fd;
	c->kind = kind;
	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev))
		die("epoll_ctl");
}

static void listen_on(const char *address, const char *port, enum kind kind)
{
	char text[80];
	struct sockaddr_in at;
	int fd = tcp_socket(), one = 1;

	snprintf(text, sizeof(text), "%s:%s", address, port);
	if (!parse_address(text, &at)) {
		fprintf(stderr, "%s is no address\n", text);
		exit(2);
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 4096))
		die(text);
	add(fd, kind);
}

static void accept_all(struct conn *l)
{
	for (;;) {
		int fd = accept4(l->fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;

		if (fd < 0)
			return;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		add(fd, l->kind == LISTEN_HTTP ? HTTP : BULK_LINE);
	}
}

/* 1: all sent, 0: the socket is full, -1: the connection is gone */
static int send_response(struct conn *c)
{
	while (c->head_len > c->head_sent || c->body_left) {
		struct iovec v[2] = {
			{c->head + c->head_sent, c->head_len - c->head_sent},
			{pattern + c->body_at, c->body_left},
		};
		struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
		ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
		uint32_t head = c->head_len - c->head_sent;

		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		if ((size_t)n < head)
			head = (uint32_t)n;
		c->head_sent += head;
		c->body_at += (uint32_t)n - head;
		c->body_left -= (uint32_t)n - head;
	}
	return 1;
}

/* The decimal number at p, not negative; *p is moved behind it. */
static uint32_t number(const char **p)
{
	uint32_t n = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++)
		n = n * 10 + (uint32_t)(**p - '0');
	return n;
}

/*
 * The head of the response. Heads differ in two numbers only: printf would cost as much as the system call that
 * sends them, and hide what is measured.
 */
static void make_head(struct conn *c, uint32_t bytes, uint32_t nonce)
{
	static char texts[2][256];
	static uint32_t lengths[2], places[2], made_for[2] = {UINT32_MAX, UINT32_MAX};
	int i = c->closing;

	if (made_for[i] != bytes) {
		made_for[i] = bytes;
		lengths[i] = (uint32_t)snprintf(
			texts[i], sizeof(texts[i]),
			"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
			"Content-Length: %u\r\nX-Nonce: 0000000000\r\n%s\r\n",
			bytes, i ? "Connection: close\r\n" : "");
		places[i] = (uint32_t)(strstr(texts[i], "Nonce: ") + 7 - texts[i]);
	}
	memcpy(c->head, texts[i], lengths[i]);
	for (char *digit = c->head + places[i] + 9; nonce; nonce /= 10)
		*digit-- = (char)('0' + nonce % 10);
	c->head_len = lengths[i];
}

/* Takes one request off c->in. 1: answered as far as it goes, 0: it is not complete, -1: it is none. */
static int take_request(struct conn *c)
{
	char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
	uint32_t bytes, nonce, used;
	const char *p = c->in + 5;

	if (!end)
		return c->in_len == HEAD_MAX ? -1 : 0;
	used = (uint32_t)(end + 4 - c->in);
	if (memcmp(c->in, "GET /", 5))
		return -1;
	bytes = number(&p);
	if (*p++ != '/' || bytes > BODY_MAX)
		return -1;
	nonce = number(&p);
	/* Envoy writes names of headers in lower case */
	c->closing = memmem(p, (size_t)(end - p), "onnection: close", 16) != 0;
	make_head(c, bytes, nonce);
	answered++;
	c->head_sent = 0;
	c->body_at = body_offset(nonce);
	c->body_left = bytes;
	c->in_len -= used;
	if (c->in_len)
		memmove(c->in, c->in + used, c->in_len);
	return 1;
}

static void serve_http(struct conn *c, uint32_t events)
{
	int sent = c->waiting ? send_response(c) : 1;

	if (sent > 0 && (c->closing || events & EPOLLERR)) {
		drop(c);
		return;
	}
	if (sent > 0 && events & (EPOLLIN | EPOLLHUP)) {
		ssize_t n = recv(c->fd, c->in + c->in_len, HEAD_MAX - c->in_len, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			drop(c);
			return;
		}
		if (n > 0)
			c->in_len += (uint32_t)n;
	}
	while (sent > 0) {
		int taken = take_request(c);

		if (!taken)
			break;
		sent = taken < 0 ? -1 : send_response(c);
		if (sent > 0 && c->closing)
			sent = -1;
	}
	if (sent < 0)
		drop(c);
	else
		watch(c, sent == 0);
}

static void serve_down(struct conn *c)
{
	/* a few sends a turn, so that streams share the thread */
	for (int i = 0; i < 8; i++) {
		size_t at = c->total % PATTERN;
		ssize_t n = send(c->fd, pattern + at, PATTERN - at < CHUNK ? PATTERN - at : CHUNK,
				 MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN) {
			drop(c);
			return;
		}
		if (n < 0)
			break;
		c->total += (uint64_t)n;
	}
	watch(c, 1);
}

static void serve_up(struct conn *c)
{
	/* one read a turn, so that streams share the thread */
	ssize_t n = recv(c->fd, buffer, CHUNK, 0);
	char line[64];
	int len;

	if (n > 0) {
		c->wrong |= !is_pattern(buffer, (size_t)n, c->total);
		c->total += (uint64_t)n;
		return;
	}
	if (n < 0 && errno == EAGAIN)
		return;
	if (n == 0) {
		len = snprintf(line, sizeof(line), "%s %llu\n", c->wrong ? "wrong" : "right",
			       (unsigned long long)c->total);
		send(c->fd, line, (size_t)len, MSG_NOSIGNAL);
	}
	drop(c);
}

static void serve_line(struct conn *c)
{
	/* byte by byte: what follows the line is the stream */
	ssize_t n = recv(c->fd, c->in + c->in_len, 1, 0);
	char line[32];
	int len;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || c->in_len > 8) {
		drop(c);
		return;
	}
	if (c->in[c->in_len++] != '\n')
		return;
	if (!strncmp(c->in, "count", 5)) {
		len = snprintf(line, sizeof(line), "%llu\n", answered);
		send(c->fd, line, (size_t)len, MSG_NOSIGNAL);
		drop(c);
		return;
	}
	c->kind = strncmp(c->in, "up", 2) ? BULK_DOWN : BULK_UP;
	if (c->kind == BULK_DOWN)
		serve_down(c);
}

int main(int argc, char **argv)
{
	struct epoll_event events[256];

	if (argc < 4) {
		fprintf(stderr, "usage: server ADDRESS HTTP_PORT... BULK_PORT\n");
		return 2;
	}
	make_pattern();
	signal(SIGPIPE, SIG_IGN);
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 2; i < argc; i++)
		listen_on(argv[1], argv[i], i == argc - 1 ? LISTEN_BULK : LISTEN_HTTP);
	for (;;) {
		int n = epoll_wait(poll_fd, events, 256, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			switch (c->kind) {
			case LISTEN_HTTP:
			case LISTEN_BULK:
				accept_all(c);
				break;
			case HTTP:
				serve_http(c, events[i].events);
				break;
			case BULK_LINE:
				serve_line(c);
				break;
			case BULK_DOWN:
				serve_down(c);
				break;
			case BULK_UP:
				serve_up(c);
				break;
			}
		}
	}
}
