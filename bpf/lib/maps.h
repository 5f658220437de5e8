/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every map of the datapath. Sizes are defaults: the agent sets max_entries
 * before load. Configuration maps are reached through the oh_*_at() functions
 * below, which the wasm and native builds provide over plain memory
 * (user/tables.h).
 */
#ifndef ONEHOP_MAPS_H
#define ONEHOP_MAPS_H

#include "state.h"
#include "wire.h"

#define OH_MAP(name_, type_, key_, value_, n_)                                                     \
	struct {                                                                                   \
		__uint(type, type_);                                                               \
		__uint(max_entries, n_);                                                           \
		__type(key, key_);                                                                 \
		__type(value, value_);                                                             \
	} name_ SEC(".maps")

/* configuration, written by the agent */
OH_MAP(oh_active, BPF_MAP_TYPE_ARRAY, __u32, struct oh_active, 1);
OH_MAP(oh_root, BPF_MAP_TYPE_ARRAY, __u32, struct oh_root, 1);
OH_MAP(oh_addr, BPF_MAP_TYPE_HASH, struct oh_addr_key, struct oh_addr, 8192);
OH_MAP(oh_listener, BPF_MAP_TYPE_ARRAY, __u32, struct oh_listener, 2048);
OH_MAP(oh_rconf, BPF_MAP_TYPE_ARRAY, __u32, struct oh_rconf, 2048);
OH_MAP(oh_domain, BPF_MAP_TYPE_HASH, struct oh_domain_key, struct oh_domain, 16384);
OH_MAP(oh_wild, BPF_MAP_TYPE_ARRAY, __u32, struct oh_wild, 4096);
OH_MAP(oh_vhost, BPF_MAP_TYPE_ARRAY, __u32, struct oh_vhost, 4096);
OH_MAP(oh_list, BPF_MAP_TYPE_ARRAY, __u32, __u32, 65536);
OH_MAP(oh_route, BPF_MAP_TYPE_ARRAY, __u32, struct oh_route, 8192);
OH_MAP(oh_split, BPF_MAP_TYPE_ARRAY, __u32, struct oh_split, 32768);
OH_MAP(oh_cluster, BPF_MAP_TYPE_ARRAY, __u32, struct oh_cluster, 4096);
OH_MAP(oh_group, BPF_MAP_TYPE_ARRAY, __u32, struct oh_group, 16384);
OH_MAP(oh_share, BPF_MAP_TYPE_ARRAY, __u32, struct oh_share, 65536);
OH_MAP(oh_ring, BPF_MAP_TYPE_ARRAY, __u32, struct oh_ring, 1 << 18);
OH_MAP(oh_maglev, BPF_MAP_TYPE_ARRAY, __u32, __u32, 1 << 20);
OH_MAP(oh_hash, BPF_MAP_TYPE_ARRAY, __u32, struct oh_hash, 8192);
OH_MAP(oh_endpoint, BPF_MAP_TYPE_ARRAY, __u32, struct oh_endpoint, 16384);
OH_MAP(oh_str, BPF_MAP_TYPE_ARRAY, __u32, struct oh_str, 16384);
OH_MAP(oh_regex, BPF_MAP_TYPE_ARRAY, __u32, struct oh_regex, 4096);
OH_MAP(oh_dfa, BPF_MAP_TYPE_ARRAY, __u32, struct oh_dfa, 65536);
OH_MAP(oh_knobs, BPF_MAP_TYPE_ARRAY, __u32, struct oh_knobs, 1);
OH_MAP(oh_workload, BPF_MAP_TYPE_HASH, __u64, struct oh_workload, 1024);

/* state of the data path */
OH_MAP(oh_turn, BPF_MAP_TYPE_ARRAY, __u32, __u64, 16384); /* by group */
/* requests (or connections) under way, by endpoint: that programs carry, and that the relay has */
OH_MAP(oh_load, BPF_MAP_TYPE_ARRAY, __u32, __u32, 16384);
OH_MAP(oh_relay_load, BPF_MAP_TYPE_ARRAY, __u32, __u32, 16384);
OH_MAP(oh_conn, BPF_MAP_TYPE_HASH, oh_cookie, struct oh_conn, 32768);
OH_MAP(oh_up, BPF_MAP_TYPE_HASH, oh_cookie, struct oh_up, 32768);
OH_MAP(oh_tuple, BPF_MAP_TYPE_HASH, struct oh_tuple, oh_cookie, 65536);
OH_MAP(oh_agent, BPF_MAP_TYPE_HASH, oh_ip, __u32, 4096); /* addresses that agents speak from */
OH_MAP(oh_clients_n, BPF_MAP_TYPE_ARRAY, __u32, int, 1); /* open, not direct */
OH_MAP(oh_anchored, BPF_MAP_TYPE_HASH, oh_cookie, oh_cookie, 16384);
OH_MAP(oh_release, BPF_MAP_TYPE_HASH, oh_cookie, struct oh_release, 32768);
OH_MAP(oh_retire, BPF_MAP_TYPE_HASH, oh_cookie, __u32, 8192); /* not back to the stack */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, oh_cookie);
	__type(value, struct oh_replay);
} oh_replay SEC(".maps"); /* by the upstream's cookie */

OH_MAP(oh_trace, BPF_MAP_TYPE_HASH, oh_cookie, __u32, 1024);
OH_MAP(oh_pool_stat, BPF_MAP_TYPE_ARRAY, __u32, struct oh_pool_stat, 16384);
OH_MAP(oh_scratch, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct oh_head, OH_SCRATCH_N);
OH_MAP(oh_ask, BPF_MAP_TYPE_ARRAY, __u32, struct oh_ask, 1);
OH_MAP(oh_answer, BPF_MAP_TYPE_ARRAY, __u32, struct oh_answer, 1);
OH_MAP(oh_rate, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct oh_rate, 1);

/* counters */
OH_MAP(oh_reason_n, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 64);
OH_MAP(oh_listener_n, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct oh_hits, 2048);
OH_MAP(oh_route_n, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct oh_hits, 8192);
OH_MAP(oh_cluster_n, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct oh_hits, 4096);

/* sockets */
OH_MAP(oh_client_s, BPF_MAP_TYPE_SOCKHASH, oh_cookie, __u64, 32768); /* by own cookie */
OH_MAP(oh_up_s, BPF_MAP_TYPE_SOCKHASH, oh_cookie, __u64, 32768); /* by own cookie */
OH_MAP(oh_server_s, BPF_MAP_TYPE_SOCKHASH, oh_cookie, __u64, 32768); /* by the upstream's cookie */

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct oh_sk);
} oh_sk SEC(".maps");

/* Idle upstream connections: a stack of socket cookies for each endpoint id. */
struct oh_pool_map {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 256);
	__uint(value_size, sizeof(oh_cookie));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__array(values, struct oh_pool_map);
} oh_pools SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} oh_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} oh_ctl SEC(".maps");

#define OH_AT(name_, type_)                                                                        \
	static __always_inline type_ *name_##_at(__u32 id)                                         \
	{                                                                                          \
		return bpf_map_lookup_elem(&name_, &id);                                           \
	}

OH_AT(oh_active, const struct oh_active)
OH_AT(oh_root, const struct oh_root)
OH_AT(oh_listener, const struct oh_listener)
OH_AT(oh_rconf, const struct oh_rconf)
OH_AT(oh_wild, const struct oh_wild)
OH_AT(oh_vhost, const struct oh_vhost)
OH_AT(oh_list, const __u32)
OH_AT(oh_route, const struct oh_route)
OH_AT(oh_split, const struct oh_split)
OH_AT(oh_cluster, const struct oh_cluster)
OH_AT(oh_endpoint, const struct oh_endpoint)
OH_AT(oh_str, const struct oh_str)
OH_AT(oh_regex, const struct oh_regex)
OH_AT(oh_dfa, const struct oh_dfa)
OH_AT(oh_group, const struct oh_group)
OH_AT(oh_share, const struct oh_share)
OH_AT(oh_ring, const struct oh_ring)
OH_AT(oh_maglev, const __u32)
OH_AT(oh_hash, const struct oh_hash)
OH_AT(oh_turn, __u64)
OH_AT(oh_load, __u32)
OH_AT(oh_relay_load, const __u32)

static __always_inline const struct oh_addr *oh_addr_find(const struct oh_addr_key *key)
{
	return bpf_map_lookup_elem(&oh_addr, key);
}

static __always_inline const struct oh_domain *oh_domain_find(const struct oh_domain_key *key)
{
	return bpf_map_lookup_elem(&oh_domain, key);
}

static __always_inline __u32 oh_random(void)
{
	return bpf_get_prandom_u32();
}

#endif
