/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an oh_ip is. */
#ifndef ONEHOP_IP_H
#define ONEHOP_IP_H

#include "base.h"
#include "wire.h"

static __always_inline int oh_ip_is4(const oh_ip *ip)
{
	static const __u8 mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	for (int i = 0; i < 12; i++)
		if (ip->b[i] != mapped[i])
			return 0;
	return 1;
}

static __always_inline int oh_ip_is_zero(const oh_ip *ip)
{
	__u8 any = 0;

	for (int i = 0; i < 16; i++)
		any |= ip->b[i];
	return !any;
}

static __always_inline __u32 oh_ip_word(const oh_ip *ip, int i)
{
	__u32 w;

	__builtin_memcpy(&w, &ip->b[i * 4], 4);
	return w;
}

#endif
