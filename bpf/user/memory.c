/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "memory.h"
#include "allocate.h"
#include "router.h"

#define OH_CHUNK 256
#define OH_CHUNKS ((1 << 20) / OH_CHUNK)
#define OH_BUCKETS 4096

struct oh_node {
	struct oh_node *next;
	__u8 bytes[]; /* key, then value */
};

struct oh_shape {
	const char *name;
	__u32 key_size;
	__u32 value_size;
	__u32 max;
};

struct oh_store {
	__u32 count;
	__u8 *chunk[OH_CHUNKS]; /* arrays */
	struct oh_node *bucket[OH_BUCKETS]; /* hashes */
	struct oh_node *free;
};

static const struct oh_shape shapes[OH_T_MAX] = {
#define OH_SHAPE(name_, key_, type_, n_)                                                           \
	{.name = #name_, .key_size = key_, .value_size = sizeof(type_), .max = n_},
	OH_TABLES(OH_SHAPE)
#undef OH_SHAPE
};

static struct oh_store stores[OH_T_MAX];

static __u64 seed = 88172645463325252ull;

static void copy(__u8 *to, const __u8 *from, __u32 n)
{
	while (n--)
		*to++ = *from++;
}

static int equal(const __u8 *a, const __u8 *b, __u32 n)
{
	while (n--)
		if (*a++ != *b++)
			return 0;
	return 1;
}

static __u32 bucket_of(const __u8 *key, __u32 n)
{
	__u32 h = 2166136261u;

	while (n--)
		h = (h ^ *key++) * 16777619u;
	return h % OH_BUCKETS;
}

void *oh_table_at(__u32 table, __u32 id)
{
	__u32 size = shapes[table].value_size;
	__u8 **chunk;

	if (id >= shapes[table].max)
		return 0;
	chunk = &stores[table].chunk[id / OH_CHUNK];
	if (!*chunk) {
		*chunk = oh_allocate(OH_CHUNK * size);
		if (!*chunk)
			return 0;
	}
	return *chunk + (id % OH_CHUNK) * size;
}

static struct oh_node **find(__u32 table, const void *key)
{
	__u32 size = shapes[table].key_size;
	struct oh_node **at = &stores[table].bucket[bucket_of(key, size)];

	while (*at && !equal((*at)->bytes, key, size))
		at = &(*at)->next;
	return at;
}

void *oh_table_find(__u32 table, const void *key)
{
	struct oh_node *node = *find(table, key);

	return node ? node->bytes + shapes[table].key_size : 0;
}

__u32 oh_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 16;
}

void oh_seed(__u32 high, __u32 low)
{
	seed = (((__u64)high << 32) | low) | 1;
}

__u32 oh_table_count(void)
{
	return OH_T_MAX;
}

const char *oh_table_name(__u32 table)
{
	return table < OH_T_MAX ? shapes[table].name : 0;
}

__u32 oh_table_key_size(__u32 table)
{
	return table < OH_T_MAX ? shapes[table].key_size : 0;
}

__u32 oh_table_value_size(__u32 table)
{
	return table < OH_T_MAX ? shapes[table].value_size : 0;
}

int oh_table_set(__u32 table, const void *key, const void *value)
{
	const struct oh_shape *shape = &shapes[table];
	struct oh_store *s = &stores[table];
	struct oh_node **at, *node;
	__u8 *slot;

	if (table >= OH_T_MAX)
		return -1;
	if (!shape->key_size) {
		slot = oh_table_at(table, *(const __u32 *)key);
		if (!slot)
			return -1;
		copy(slot, value, shape->value_size);
		return 0;
	}
	at = find(table, key);
	node = *at;
	if (!node) {
		if (s->count >= shape->max)
			return -1;
		node = s->free;
		if (node)
			s->free = node->next;
		else
			node = oh_allocate(sizeof(*node) + shape->key_size + shape->value_size);
		if (!node)
			return -1;
		node->next = 0;
		copy(node->bytes, key, shape->key_size);
		*at = node;
		s->count++;
	}
	copy(node->bytes + shape->key_size, value, shape->value_size);
	return 0;
}

int oh_table_delete(__u32 table, const void *key)
{
	struct oh_store *s = &stores[table];
	struct oh_node **at, *node;

	if (table >= OH_T_MAX || !shapes[table].key_size)
		return -1;
	at = find(table, key);
	node = *at;
	if (!node)
		return -1;
	*at = node->next;
	node->next = s->free;
	s->free = node;
	s->count--;
	return 0;
}
