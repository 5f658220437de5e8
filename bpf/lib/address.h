/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses as the hooks give them -> oh_ip, oh_tuple. */
#ifndef ONEHOP_ADDRESS_H
#define ONEHOP_ADDRESS_H

#include "ip.h"

#define OH_AF_INET 2
#define OH_AF_INET6 10

/* ip4 in network byte order */
static __always_inline void oh_ip_from4(oh_ip *ip, __u32 ip4)
{
	__builtin_memset(ip, 0, sizeof(*ip));
	ip->b[10] = 0xff;
	ip->b[11] = 0xff;
	__builtin_memcpy(&ip->b[12], &ip4, 4);
}

static __always_inline void oh_ip_from6(oh_ip *ip, __u32 a, __u32 b, __u32 c, __u32 d)
{
	__builtin_memcpy(&ip->b[0], &a, 4);
	__builtin_memcpy(&ip->b[4], &b, 4);
	__builtin_memcpy(&ip->b[8], &c, 4);
	__builtin_memcpy(&ip->b[12], &d, 4);
}

/* The socket of a sock_ops program, seen from its own end. */
static __always_inline void oh_sockops_tuple(struct bpf_sock_ops *ops, struct oh_tuple *t)
{
	__builtin_memset(t, 0, sizeof(*t));
	if (ops->family == OH_AF_INET6) {
		/* one word at a time: the verifier knows these context fields as words only */
		volatile const __u32 *local = ops->local_ip6;
		volatile const __u32 *remote = ops->remote_ip6;

		oh_ip_from6(&t->local_ip, local[0], local[1], local[2], local[3]);
		oh_ip_from6(&t->remote_ip, remote[0], remote[1], remote[2], remote[3]);
	} else {
		oh_ip_from4(&t->local_ip, ops->local_ip4);
		oh_ip_from4(&t->remote_ip, ops->remote_ip4);
	}
	t->local_port = ops->local_port;
	/* network order in the upper half on little endian: see sock_ops_convert_ctx_access() */
	t->remote_port = bpf_ntohl(ops->remote_port);
}

#endif
