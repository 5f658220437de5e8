/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Body bytes from one socket to another, without JavaScript: what a proxy in JavaScript pays for each piece of a
 * large body is more than the kernel's work on it.
 *
 * All pumps of an agent are in one epoll set, which the event loop watches. A pump moves bytes by splice(2) where
 * both sockets are plain TCP (pages change their owner, nothing is copied), else by recv and send. At most CHUNK
 * bytes of a pump are on their way between its sockets: with many slow readers that is what they cost here.
 */
#define NAPI_VERSION 8
#include "pump.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK (64u << 10)
#define TURN (1u << 20) /* bytes of one pump in a row: then it is the others' turn */
#define EVENTS 128
#define SPARE_PIPES 32

static int spare[SPARE_PIPES][2];
static int spare_n;

/* An empty pipe: new ones cost more than the splices of a body. */
static int take_pipe(int ends[2])
{
	if (spare_n) {
		spare_n--;
		ends[0] = spare[spare_n][0];
		ends[1] = spare[spare_n][1];
		return 0;
	}
	return pipe2(ends, O_CLOEXEC | O_NONBLOCK);
}

static void give_pipe(int ends[2], int empty)
{
	if (ends[0] < 0)
		return;
	if (empty && spare_n < SPARE_PIPES) {
		spare[spare_n][0] = ends[0];
		spare[spare_n][1] = ends[1];
		spare_n++;
		return;
	}
	close(ends[0]);
	close(ends[1]);
}

static ssize_t move_in(struct pump *p)
{
	size_t want = p->left < CHUNK ? p->left : CHUNK;

	if (!p->buffer)
		return splice(p->from, 0, p->pipe[1], 0, want, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	p->at = 0;
	return recv(p->from, p->buffer, want, MSG_DONTWAIT);
}

static ssize_t move_out(struct pump *p)
{
	if (!p->buffer)
		return splice(p->pipe[0], 0, p->to, 0, p->held, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	return send(p->to, p->buffer + p->at, p->held, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Moves what there is. Returns 1 when the pump has ended. */
static int run(struct pumps *all, struct pump *p)
{
	size_t turn = TURN;
	ssize_t n;

	for (;;) {
		while (p->held) {
			n = move_out(p);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0 && errno == EAGAIN)
				return 0;
			if (n <= 0) {
				p->to_error = n ? errno : EPIPE;
				return 1;
			}
			p->held -= (size_t)n;
			p->at += (size_t)n;
			p->moved += (size_t)n;
		}
		if (!p->left || p->ended)
			return 1;
		if (!turn) {
			/* anew into the set: it comes at once when there is more */
			struct epoll_event ev = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET,
						 .data.ptr = p};

			epoll_ctl(all->epoll_fd, EPOLL_CTL_MOD, p->from, &ev);
			return 0;
		}
		n = move_in(p);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0) {
			p->ended = 1;
			p->from_error = n ? errno : 0;
			continue;
		}
		p->held = (size_t)n;
		p->left -= (size_t)n;
		turn -= (size_t)n < turn ? (size_t)n : turn;
	}
}

/* Nothing of p is used any more; its memory goes when no event can name it. */
static void drop(struct pumps *all, struct pump *p)
{
	all->table[p->slot] = 0;
	give_pipe(p->pipe, !p->held);
	/* duplicates: the set would keep them while the socket lives on elsewhere */
	epoll_ctl(all->epoll_fd, EPOLL_CTL_DEL, p->from, 0);
	epoll_ctl(all->epoll_fd, EPOLL_CTL_DEL, p->to, 0);
	close(p->from);
	close(p->to);
	free(p->buffer);
	p->buffer = 0;
	p->next = all->dead;
	all->dead = p;
}

static void bury(struct pumps *all)
{
	struct pump *p;

	while ((p = all->dead)) {
		all->dead = p->next;
		free(p);
	}
}

static int slot_for(struct pumps *all)
{
	struct pump **table;
	int n = all->table_n ? all->table_n * 2 : 64;

	for (int i = 0; i < all->table_n; i++) {
		int slot = (all->next_slot + i) % all->table_n;

		if (!all->table[slot]) {
			all->next_slot = slot + 1;
			return slot;
		}
	}
	table = realloc(all->table, (size_t)n * sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (int i = all->table_n; i < n; i++)
		table[i] = 0;
	all->table = table;
	all->next_slot = all->table_n;
	all->table_n = n;
	return all->next_slot++;
}

int pump_start(struct pumps *all, int from, int to, unsigned long long bytes, int copy)
{
	struct epoll_event in = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
	struct epoll_event out = {.events = EPOLLOUT | EPOLLET};
	struct pump *p = calloc(1, sizeof(*p));
	int err, slot = p ? slot_for(all) : -ENOMEM;

	if (slot < 0) {
		free(p);
		return slot;
	}
	p->slot = slot;
	p->left = bytes;
	p->pipe[0] = p->pipe[1] = -1;
	p->from = fcntl(from, F_DUPFD_CLOEXEC, 3);
	p->to = fcntl(to, F_DUPFD_CLOEXEC, 3);
	if (copy)
		p->buffer = malloc(CHUNK);
	in.data.ptr = out.data.ptr = p;
	all->table[slot] = p;
	if (p->from < 0 || p->to < 0 || (copy ? !p->buffer : take_pipe(p->pipe)) ||
	    epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, p->from, &in) ||
	    epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, p->to, &out)) {
		err = errno ? errno : ENOMEM;
		drop(all, p);
		bury(all);
		return -err;
	}
	return slot;
}

unsigned long long pump_stop(struct pumps *all, int slot)
{
	unsigned long long moved;

	if (slot < 0 || slot >= all->table_n || !all->table[slot])
		return 0;
	moved = all->table[slot]->moved;
	drop(all, all->table[slot]);
	if (!all->turning)
		bury(all);
	return moved;
}

void pump_turn(struct pumps *all, void (*ended)(struct pumps *all, const struct pump_end *end))
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(all->epoll_fd, events, EVENTS, 0);

	all->turning = 1;
	for (int i = 0; i < n; i++) {
		struct pump *p = events[i].data.ptr;
		struct pump_end end;

		if (all->table[p->slot] != p || !run(all, p))
			continue;
		end = (struct pump_end){.slot = p->slot,
					.moved = p->moved,
					.from_ended = p->ended,
					.from_error = p->from_error,
					.to_error = p->to_error};
		drop(all, p);
		ended(all, &end);
	}
	all->turning = 0;
	bury(all);
}
