/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONEHOP_PUMP_H
#define ONEHOP_PUMP_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>

struct pump {
	struct pump *next;
	int slot;
	int from, to; /* duplicates of the sockets' descriptors */
	int pipe[2]; /* splice; -1: copies through buffer */
	char *buffer;
	size_t at, held; /* bytes taken and not yet given on; in buffer from at on */
	unsigned long long left; /* bytes still to take */
	unsigned long long moved;
	int ended; /* from brings no more: its end, or from_error */
	int from_error, to_error; /* errno */
};

struct pumps {
	int epoll_fd;
	struct pump **table; /* by slot */
	int table_n;
	int next_slot;
	int turning; /* events name pumps: the dead stay until the turn is over */
	struct pump *dead;
};

/* How a pump ended. All bytes moved: neither from_ended nor to_error. */
struct pump_end {
	int slot;
	unsigned long long moved;
	int from_ended;
	int from_error, to_error; /* errno; 0: none */
};

/*
 * Moves bytes from one socket to the other. Both are non-blocking and stay the caller's; copy: one of them
 * is in a socket map, whose data splice(2) does not see. Returns the pump's slot, or -errno.
 */
int pump_start(struct pumps *all, int from, int to, unsigned long long bytes, int copy);
/* Returns the bytes that were moved. What is on its way between the sockets is lost. */
unsigned long long pump_stop(struct pumps *all, int slot);
/* Moves what there is and tells of each pump that ended; its slot is free by then. */
void pump_turn(struct pumps *all, void (*ended)(struct pumps *all, const struct pump_end *end));

#endif
