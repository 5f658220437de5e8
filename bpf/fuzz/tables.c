/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "../lib/http.h"
#include "../user/memory.h"
#include "../user/router.h"
#include "tables.h"

const oh_ip fuzz_address = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 198, 18, 100, 1}};

#define SET(table, id, ...)                                                                        \
	do {                                                                                       \
		struct table value_ = __VA_ARGS__;                                                 \
		put(OH_T_##table, id, &value_);                                                    \
	} while (0)

static oh_id strings;

static void put(__u32 table, __u32 id, const void *value)
{
	if (oh_table_set(table, &id, value))
		abort();
}

static oh_id string(const char *text)
{
	struct oh_str s = {.len = strlen(text)};
	oh_id id = ++strings;

	memcpy(s.s, text, s.len);
	put(OH_T_oh_str, id, &s);
	return id;
}

static __u32 hash_of(const char *name)
{
	__u64 hash = 0;

	for (size_t at = 0; at < strlen(name); at += 8) {
		__u64 chunk = 0;

		for (size_t i = 0; i < 8 && name[at + i]; i++)
			chunk |= (__u64)(name[at + i] | 0x20) << i * 8;
		hash = oh_name_hash(hash, chunk);
	}
	return hash >> 32;
}

static struct oh_cond cond(__u8 subject, const char *name, __u8 match, __u8 flags,
			   const char *value)
{
	return (struct oh_cond){
		.subject = subject,
		.match = match,
		.flags = flags,
		.hash = hash_of(name),
		.name = string(name),
		.value = value ? string(value) : 0,
	};
}

static struct oh_cond header(const char *name, __u8 match, __u8 flags, const char *value)
{
	return cond(OH_SUBJ_HEADER, name, match, flags, value);
}

static oh_id routes;

/* A route to split 1, with up to two conditions (match OH_M_ANY: none). */
static void route(__u8 match, __u8 flags, const char *path, struct oh_cond a, struct oh_cond b)
{
	struct oh_route_v v = {
		.present = 1,
		.path = OH_PATH_KERNEL,
		.match = match,
		.flags = flags,
		.str = string(path),
		.split = {.off = 1, .n = 3, .total = 100},
	};

	if (a.match)
		v.cond[v.conds_n++] = a;
	if (b.match)
		v.cond[v.conds_n++] = b;
	routes++;
	put(OH_T_oh_list, routes, &routes);
	SET(oh_route, routes, {.gen = {1, 0}, .v = {v}});
}

static void fill_routes(void)
{
	const struct oh_cond none = {};

	route(OH_M_EXACT, 0, "/exact", none, none);
	route(OH_M_EXACT, OH_F_NOCASE, "/nocase", header("end-user", OH_M_EXACT, 0, "jason"), none);
	route(OH_M_SEGMENTS, 0, "/api", header("x-a", OH_M_PRESENT, 0, 0), none);
	route(OH_M_SEGMENTS, OH_F_NOCASE, "/deep/er", header("x-a", OH_M_PRESENT, OH_F_INVERT, 0),
	      none);
	route(OH_M_PREFIX, 0, "/p", header("x-b", OH_M_PREFIX, OH_F_NOCASE, "ab"), none);
	route(OH_M_PREFIX, OH_F_NOCASE, "/q", header("x-b", OH_M_SUFFIX, 0, "yz"),
	      header("x-c", OH_M_CONTAINS, 0, "mid"));
	route(OH_M_PREFIX, 0, "/", cond(OH_SUBJ_METHOD, ":method", OH_M_EXACT, 0, "POST"), none);
	route(OH_M_PREFIX, 0, "/", cond(OH_SUBJ_PATH, ":path", OH_M_CONTAINS, OH_F_NOCASE, "k=v"),
	      none);
	route(OH_M_PREFIX, 0, "/",
	      cond(OH_SUBJ_AUTHORITY, ":authority", OH_M_SUFFIX, OH_F_INVERT, ":80"),
	      header("x-none", OH_M_EXACT, OH_F_MISSING_EMPTY | OH_F_INVERT, ""));
	route(OH_M_PREFIX, 0, "/", header("x-b", OH_M_CONTAINS, OH_F_INVERT, "zzz"), none);
	route(OH_M_PREFIX, 0, "/", header("a-much-longer-name-of-a-header", OH_M_EXACT, 0, "1"),
	      none);
	route(OH_M_ANY, 0, "", none, none);
	if (routes != FUZZ_ROUTES)
		abort();
}

static void domain(const char *name, oh_id vhost)
{
	struct oh_domain_key key = {.set = 1, .len = strlen(name)};
	struct oh_domain value = {.vhost = vhost};

	memcpy(key.name, name, key.len);
	if (oh_table_set(OH_T_oh_domain, &key, &value))
		abort();
}

static void address(oh_port port, oh_id listener)
{
	struct oh_addr_key key = {.set = 1, .port = port, .ip = fuzz_address};
	struct oh_addr value = {.listener = listener};

	if (oh_table_set(OH_T_oh_addr, &key, &value))
		abort();
}

/* Cluster 1: three in turn; 2: two at random; 3 does not exist; 4 is empty. */
static void fill_clusters(void)
{
	static const __u32 clusters[] = {1, 1, 1, 2, 2};

	for (oh_id id = 1; id <= 5; id++) {
		__u32 at = 100 + id;

		SET(oh_endpoint, id,
		    {.ip = fuzz_address, .port = 9000 + id, .cluster = clusters[id - 1]});
		put(OH_T_oh_list, at, &id);
	}
	SET(oh_group, 1, {.kind = OH_GROUP_TURNS, .off = 101, .n = 3});
	SET(oh_group, 2, {.kind = OH_GROUP_RANDOM, .off = 104, .n = 2});
	SET(oh_share, 4, {.id = 1, .upto = 100});
	SET(oh_share, 5, {.id = 2, .upto = 100});
	SET(oh_cluster, 1,
	    {.gen = {1, 0}, .v = {{.present = 1, .tiers = {.off = 4, .n = 1, .total = 100}}}});
	SET(oh_cluster, 2,
	    {.gen = {0, 1}, .v = {{}, {.present = 1, .tiers = {.off = 5, .n = 1, .total = 100}}}});
	SET(oh_cluster, 4, {.gen = {1, 0}, .v = {{.present = 1}}});
	SET(oh_split, 1, {.cluster = 1, .upto = 60});
	SET(oh_split, 2, {.cluster = 2, .upto = 95});
	SET(oh_split, 3, {.cluster = 4, .upto = 100});
}

void fuzz_fill_tables(void)
{
	SET(oh_active, 0, {.gen = 1});
	SET(oh_root, 0, {.gen = {1, 0}, .v = {{.addr_set = 1}}});
	address(FUZZ_HTTP_PORT, 1);
	address(FUZZ_TCP_PORT, 2);
	SET(oh_listener, 1,
	    {.gen = {1, 2}, .v = {{.present = 1, .path = OH_PATH_KERNEL, .rconf = 1}}});
	SET(oh_listener, 2,
	    {.gen = {1, 0},
	     .v = {{.present = 1,
		    .path = OH_PATH_DIRECT,
		    .split = {.off = 1, .n = 1, .total = 60}}}});
	SET(oh_rconf, 1,
	    {.gen = {1, 0},
	     .v = {{.present = 1, .domain_set = 1, .wild_off = 1, .wild_n = 3, .any_vhost = 3}}});
	domain("reviews", 1);
	domain("reviews:9080", 1);
	domain("[::1]:80", 1);
	SET(oh_wild, 1, {.str = string(".example.com"), .vhost = 1, .suffix = 1});
	SET(oh_wild, 2, {.str = string(".com"), .vhost = 2, .suffix = 1});
	SET(oh_wild, 3, {.str = string("api."), .vhost = 2});
	fill_clusters();
	fill_routes();
	for (oh_id id = 1; id <= 3; id++)
		SET(oh_vhost, id,
		    {.gen = {1, 0},
		     .v = {{.present = 1, .route_off = id, .route_n = FUZZ_ROUTES + 1 - id}}});
}
