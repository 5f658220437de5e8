/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which of an entry's two versions a reader of generation g sees: the newest
 * that is not newer than g. User space writes the other one and waits for an
 * RCU grace period between two generations, so what a program reads stays.
 */
#ifndef ONEHOP_VERSION_H
#define ONEHOP_VERSION_H

#include "tables.h"

static __always_inline __u32 oh_pick(__u32 gen0, __u32 gen1, __u32 g)
{
	if (gen1 > g)
		return 0;
	if (gen0 > g)
		return 1;
	return gen1 > gen0;
}

/* The version of *entry that generation g sees; NULL when it is absent. */
#define OH_SEEN(entry, g)                                                                          \
	({                                                                                         \
		typeof(&(entry)->v[0]) seen_ =                                                     \
			&(entry)->v[oh_pick((entry)->gen[0], (entry)->gen[1], g) & 1];             \
		seen_->present ? seen_ : 0;                                                        \
	})

static __always_inline __u32 oh_generation(void)
{
	const struct oh_active *active = oh_active_at(0);

	return active ? *(volatile const __u32 *)&active->gen : 0;
}

#endif
