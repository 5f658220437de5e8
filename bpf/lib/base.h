/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs between the three builds of the router: BPF object, wasm and
 * native. OH_LOOP runs a callback for 0 <= i < n until it returns 1; in BPF it
 * is bpf_loop(), which the verifier checks once instead of n times.
 */
#ifndef ONEHOP_BASE_H
#define ONEHOP_BASE_H

#ifdef __bpf__
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
/*
 * The verifier's inlined bpf_loop() compares all 64 bits of the count, and
 * clang may leave the upper half of a __u32 argument as it was: clear it.
 */
#define OH_LOOP(n, fn, ctx)                                                                        \
	({                                                                                         \
		__u64 n_ = (n);                                                                    \
		asm volatile("%0 <<= 32\n%0 >>= 32" : "+r"(n_));                                   \
		bpf_loop(n_, fn, ctx, 0);                                                          \
	})
/* A function of its own for the verifier: checked once, by the types of its arguments. */
#define OH_GLOBAL __attribute__((noinline))
#else
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef int __s32;
typedef long long __s64;
#undef __always_inline /* libc has one, too */
#define __always_inline inline __attribute__((always_inline))
#define OH_GLOBAL static
#define OH_LOOP(n, fn, ctx)                                                                        \
	do {                                                                                       \
		for (__u32 i_ = 0; i_ < (n); i_++)                                                 \
			if (fn(i_, ctx))                                                           \
				break;                                                             \
	} while (0)
#endif

#define OH_MASK (OH_HEAD_MAX - 1)
#define oh_barrier(x) asm volatile("" : "+r"(x)) /* keep a bound that the verifier must see */

#endif
