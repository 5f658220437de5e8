// SPDX-License-Identifier: Apache-2.0
/* Counts the IPv4 connections that the processes of a cgroup open, by destination. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u16 only_port; /* 0: all */

struct destination {
	__u8 address[4];
	__u16 port;
	__u16 pad;
};

struct connections {
	__u64 count;
	char last_command[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct destination);
	__type(value, struct connections);
} destinations SEC(".maps");

SEC("cgroup/connect4")
int on_connect(struct bpf_sock_addr *ctx)
{
	struct destination key = {.port = bpf_ntohs(ctx->user_port)};
	struct connections first = {}, *known;
	__u32 address = ctx->user_ip4;

	if (only_port && key.port != only_port)
		return 1;
	__builtin_memcpy(key.address, &address, 4);
	bpf_map_update_elem(&destinations, &key, &first, BPF_NOEXIST);
	known = bpf_map_lookup_elem(&destinations, &key);
	if (known) {
		__sync_fetch_and_add(&known->count, 1);
		bpf_get_current_comm(known->last_command, sizeof(known->last_command));
	}
	return 1; /* let it happen */
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
