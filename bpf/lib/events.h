/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs report to the agent: decisions, events, counters. Rules of
 * layout as in wire.h.
 */
#ifndef ONEHOP_EVENTS_H
#define ONEHOP_EVENTS_H

#include "wire.h"

/* Seen from the end that opened the connection. */
struct oh_tuple {
	oh_ip local_ip;
	oh_ip remote_ip;
	oh_port local_port;
	oh_port remote_port;
	__u32 pad;
};

/* What was decided for a connection or request, by ids of its generation. */
struct oh_decision {
	__u32 gen;
	oh_id listener;
	oh_id rconf;
	oh_id vhost;
	oh_id route;
	oh_id cluster;
	oh_id endpoint;
	__u8 path; /* enum oh_path */
	__u8 reason; /* enum oh_reason */
	__u16 status; /* set by a direct response */
	__u32 draw; /* the random number of the weighted split, below its total */
	__u32 turn; /* the position among the members of the group */
	oh_id group; /* of the endpoint */
	__u32 level; /* the number that chose the tier, below 100 */
	__u64 hash; /* what the cluster chose by: the request's hash, else a random number */
};

enum oh_event_type {
	OH_EV_OPEN = 1, /* a connection to a listener's address */
	OH_EV_CLOSE = 2,
	OH_EV_REQUEST = 3, /* a request that the kernel path answered in full */
};

struct oh_event {
	__u8 type; /* enum oh_event_type */
	__u8 flags; /* OH_EVF_* */
	__u16 status; /* of the response; 0: none */
	__u32 seq; /* requests on the connection before this one */
	oh_cookie cookie; /* client socket */
	oh_id workload;
	oh_port client_port;
	oh_port vip_port;
	oh_ip client_ip;
	oh_ip vip;
	struct oh_decision d;
	oh_ns start; /* head seen; OPEN: connect() */
	oh_ns first; /* first byte of the response; 0: none */
	oh_ns end; /* last byte of the response handed to the client's socket */
	__u64 req_bytes;
	__u64 resp_bytes;
	__u16 method_len;
	__u16 host_len; /* true lengths, also when cut */
	__u16 path_len;
	__u16 pad;
	char method[8];
	char host[OH_SHOW_MAX];
	char target[OH_SHOW_MAX];
};

#define OH_EVF_TRACED 1 /* somebody asked for this connection: never sampled away */
#define OH_EVF_SAME_NODE 2 /* client and server sockets were joined */

enum oh_ctl_type { /* what the agent must know at once */
		   OH_CTL_HANDOVER =
			   1, /* the response of upstream goes to the agent from here on */
		   OH_CTL_POOL_DRY = 2, /* a request found no idle connection to endpoint */
		   OH_CTL_IDLE = 3, /* the response that a waiting relay asked for is complete */
		   OH_CTL_UPSTREAM_LOST =
			   4, /* upstream ended while it carried a request of client */
		   OH_CTL_CLIENT_LOST = 5, /* client ended while upstream carried its request */
		   OH_CTL_POOL_FULL = 6, /* upstream could not go back to its pool */
		   OH_CTL_CLIENT_RESET =
			   7, /* as CLIENT_LOST, and the client reset its connection */
		   OH_CTL_UPSTREAM_ENDED =
			   8, /* upstream, which carries nothing, ended or spoke unasked */
};

struct oh_ctl {
	__u32 type; /* enum oh_ctl_type */
	oh_id endpoint;
	oh_cookie client;
	oh_cookie upstream;
	__u32 reason;
	__u32 pad;
};

/* Per endpoint. idle = what the agent put in + returns - pops. */
struct oh_pool_stat {
	__u64 pops;
	__u64 returns;
	__u64 dry;
};

/* Requests (or L4 connections) decided for a route or cluster, per CPU. */
struct oh_hits {
	__u64 requests;
	__u64 relayed; /* of which handed to the relay */
};

#endif
