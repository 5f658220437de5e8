/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The configuration maps in plain memory, for the builds of the router that
 * run outside the kernel. The same keys and values are written here as into
 * the kernel's maps.
 */
#ifndef ONEHOP_MEMORY_H
#define ONEHOP_MEMORY_H

#include "../lib/base.h"
#include "../lib/events.h"

#define oh_budget OH_BUDGET /* the kernel takes it from the agent */

/* name, key size (0: array, by index), value type, most entries */
#define OH_TABLES(X)                                                                               \
	X(oh_active, 0, struct oh_active, 1)                                                       \
	X(oh_root, 0, struct oh_root, 1)                                                           \
	X(oh_addr, sizeof(struct oh_addr_key), struct oh_addr, 8192)                               \
	X(oh_listener, 0, struct oh_listener, 2048)                                                \
	X(oh_rconf, 0, struct oh_rconf, 2048)                                                      \
	X(oh_domain, sizeof(struct oh_domain_key), struct oh_domain, 16384)                        \
	X(oh_wild, 0, struct oh_wild, 4096)                                                        \
	X(oh_vhost, 0, struct oh_vhost, 4096)                                                      \
	X(oh_list, 0, __u32, 65536)                                                                \
	X(oh_route, 0, struct oh_route, 8192)                                                      \
	X(oh_split, 0, struct oh_split, 32768)                                                     \
	X(oh_cluster, 0, struct oh_cluster, 4096)                                                  \
	X(oh_group, 0, struct oh_group, 16384)                                                     \
	X(oh_share, 0, struct oh_share, 65536)                                                     \
	X(oh_ring, 0, struct oh_ring, 1 << 18)                                                     \
	X(oh_maglev, 0, __u32, 1 << 20)                                                            \
	X(oh_hash, 0, struct oh_hash, 8192)                                                        \
	X(oh_endpoint, 0, struct oh_endpoint, 16384)                                               \
	X(oh_str, 0, struct oh_str, 16384)                                                         \
	X(oh_regex, 0, struct oh_regex, 4096)                                                      \
	X(oh_dfa, 0, struct oh_dfa, 65536)                                                         \
	X(oh_turn, 0, __u64, 16384)                                                                \
	X(oh_load, 0, __u32, 16384)                                                                \
	X(oh_relay_load, 0, __u32, 16384)

enum oh_table {
#define OH_TABLE_ID(name, key, type, n) OH_T_##name,
	OH_TABLES(OH_TABLE_ID)
#undef OH_TABLE_ID
		OH_T_MAX
};

void *oh_table_at(__u32 table, __u32 id);
void *oh_table_find(__u32 table, const void *key);
__u32 oh_random(void);

#define OH_TABLE_AT(name, key, type, n)                                                            \
	static inline type *name##_at(__u32 id)                                                    \
	{                                                                                          \
		return oh_table_at(OH_T_##name, id);                                               \
	}
OH_TABLES(OH_TABLE_AT)
#undef OH_TABLE_AT

static inline const struct oh_addr *oh_addr_find(const struct oh_addr_key *key)
{
	return oh_table_find(OH_T_oh_addr, key);
}

static inline const struct oh_domain *oh_domain_find(const struct oh_domain_key *key)
{
	return oh_table_find(OH_T_oh_domain, key);
}

#endif
