/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The router outside the kernel, as its hosts call it: core/src/router, native.c. */
#ifndef ONEHOP_USER_ROUTER_H
#define ONEHOP_USER_ROUTER_H

#include "../lib/base.h"
#include "../lib/state.h"

/* OH_HEAD_MAX bytes for a request head. */
__u8 *oh_input(void);
__u32 oh_input_max(void);

/* What oh_user_decide() and oh_user_connect() decided. */
struct oh_decision *oh_output(void);

/* 16 bytes for the address that oh_user_listener() and oh_user_explain() look up. */
oh_ip *oh_address(void);

/* The listener id of oh_address() and port in the active generation; 0: none. */
oh_id oh_user_listener(__u32 port);

/* The hash of the client's address (oh_workload.hash4) of what is decided next; 0: not known. */
void oh_source(__u32 high, __u32 low);

/*
 * What a program has drawn for the request that is decided next (oh_conn.random, .ev.d):
 * random 0: nothing; endpoint 0: it got no further.
 */
void oh_user_drawn(__u32 high, __u32 low, __u32 gen, oh_id cluster, oh_id endpoint);

/* Decides the request head of len bytes at oh_input() for a listener. enum oh_reason. */
__u32 oh_user_decide(__u32 len, oh_id listener);

/*
 * Goes on with the last decision, of the same head and generation, at a route of
 * the virtual host: known to match, or to be checked like those behind it.
 */
__u32 oh_user_resume(__u32 from, __u32 known);

/* Sets the endpoint of the last decision, in a cluster that the caller has chosen. enum oh_reason. */
__u32 oh_user_cluster(oh_id cluster);

/*
 * The endpoint anew, where the cluster goes by the hash of the request, by another
 * head of len bytes at oh_input(): that with which it is sent on. enum oh_reason.
 */
__u32 oh_user_rehash(__u32 len);

/* Decides a connection to a TCP listener. enum oh_reason. */
__u32 oh_user_connect(oh_id listener);

/* Where the request head of len bytes at oh_input() would go from oh_address() and port. */
struct oh_answer *oh_user_explain(__u32 len, __u32 port);

/* The rest of that explanation, from a route on as oh_user_resume() does it. */
struct oh_answer *oh_user_explain_on(__u32 from, __u32 known);

/* As oh_user_cluster() and oh_user_rehash(), of the last explanation; without steps. */
struct oh_answer *oh_user_explain_cluster(oh_id cluster);
struct oh_answer *oh_user_explain_rehash(__u32 len);

/* Tables by number: see OH_TABLES in memory.h. */
__u32 oh_table_count(void);
const char *oh_table_name(__u32 table);
__u32 oh_table_key_size(__u32 table); /* 0: an array, by a __u32 */
__u32 oh_table_value_size(__u32 table);

/* Writes an entry; 0, or -1 when the table is full or there is no such id. */
int oh_table_set(__u32 table, const void *key, const void *value);

/* Removes an entry of a hash; 0, or -1 when it is not there. */
int oh_table_delete(__u32 table, const void *key);

/* Of the random numbers of weighted splits. */
void oh_seed(__u32 high, __u32 low);

#endif
