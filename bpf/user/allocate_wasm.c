/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "allocate.h"

#define OH_PAGE 65536u

extern __u8 __heap_base;

static __u32 next;

void *oh_allocate(__u32 n)
{
	__u32 at, end;

	if (!next)
		next = (__u32)(unsigned long)&__heap_base;
	at = (next + 7) & ~7u;
	end = at + n;
	while (end > __builtin_wasm_memory_size(0) * OH_PAGE)
		if (__builtin_wasm_memory_grow(0, 16) == (unsigned long)-1)
			return 0;
	next = end;
	return (void *)(unsigned long)at;
}

void *memset(void *to, int c, unsigned long n)
{
	__u8 *p = to;

	while (n--)
		*p++ = c;
	return to;
}

void *memcpy(void *to, const void *from, unsigned long n)
{
	__u8 *p = to;
	const __u8 *q = from;

	while (n--)
		*p++ = *q++;
	return to;
}
