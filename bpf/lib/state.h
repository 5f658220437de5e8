/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs remember of a connection. User space reads oh_conn and
 * oh_up (their layout comes from BTF) but never writes them: entries that are
 * done carry `closed`, and the agent deletes them a second later. Deleting
 * late matters: a preallocated hash hands a freed element to the next insert
 * at once, and a program on another CPU may still hold the old pointer.
 */
#ifndef ONEHOP_STATE_H
#define ONEHOP_STATE_H

#include "events.h"

#define OH_SCRATCH_N 4 /* parse buffers a CPU: nested and preempted programs */
#define OH_REPLAY_MAX 2048 /* bytes of a request that can be sent again */

enum oh_conn_state {
	OH_CONN_IDLE = 0, /* the next byte begins a request */
	OH_CONN_WAIT = 1, /* a request is with `upstream`, its response is not complete */
	OH_CONN_PIPELINED = 2, /* as WAIT, and later bytes went to the relay */
	OH_CONN_RELAY = 3, /* bytes go to the relay until it releases the connection */
};

/* A client connection to a listener that routes requests. Key: its cookie. */
struct oh_conn {
	__u32 state; /* enum oh_conn_state */
	__u32 seq; /* requests that programs carried */
	oh_cookie upstream; /* WAIT, PIPELINED, handed over: who answers */
	__u64 passed; /* bytes that went to the relay */
	__u64 carried; /* bytes of requests that programs carried */
	__u64 delivered; /* bytes of responses that programs delivered */
	oh_ns closed; /* 0: open */
	__u8 head_request; /* the request in flight is HEAD: no body answers it */
	__u8 want_event;
	__u8 pad[2];
	__u32 relayed; /* requests that the relay answered before its last release */
	oh_cookie anchor; /* of the agent's end; 0: the handshake is not through there */
	__u64 inbox; /* the client's struct sk_psock (inbox.h) */
	__u64 sender; /* struct sk_psock of the server that answered last; 0: one of another node */
	__u64 random; /* that the last request was decided with; 0: it was not */
	__u32 holders; /* of the client's socket before this answer */
	__u32 pad2;
	struct oh_event ev; /* of the request in flight */
};

enum oh_up_state {
	OH_UP_NEW = 0, /* not yet used; the agent may still keep it for itself */
	OH_UP_IDLE = 1, /* on the stack of its endpoint */
	OH_UP_BUSY = 2, /* carries a request of `client` */
	OH_UP_HANDED = 3, /* the rest of the response belongs to the agent */
};

enum oh_up_phase {
	OH_RESP_HEAD = 0,
	OH_RESP_BODY = 1,
};

/* A connection of the agent to an endpoint. Key: its cookie. */
struct oh_up {
	__u32 state; /* enum oh_up_state */
	__u32 phase; /* enum oh_up_phase */
	oh_cookie client;
	__u64 left; /* bytes of the response to come */
	oh_id endpoint; /* of the request it carries */
	__u32 joined; /* the server's socket is in oh_server_s */
	__u32 reason; /* HANDED: why (enum oh_reason) */
	__u32 dead; /* the server has ended its side */
	oh_ns closed; /* 0: open */
	oh_ns idle_since;
	__u32 kept; /* the request it carries is in oh_replay */
	__u32 counted; /* in oh_load of its endpoint */
};

/*
 * A request that went out on a connection that had been idle for a while, by
 * the upstream's cookie. The server may have ended that connection in the
 * same moment; then the agent sends the request again, where that is safe.
 */
struct oh_replay {
	__u8 bytes[OH_REPLAY_MAX]; /* oh_event.req_bytes of them */
};

/* On a client's, or a joined server's socket. */
struct oh_sk {
	oh_cookie cookie; /* client: its own; server: the upstream's */
	oh_ip vip; /* client: where it meant to go */
	oh_port vip_port;
	__u16 pad;
	oh_id listener;
	oh_id workload;
	__u32 gen;
	oh_ns start; /* connect() */
	__u64 source; /* client: hash of its address; 0: not known */
	struct oh_decision d; /* DIRECT: what connect() decided */
};

/* "The agent has read and written this much": see oh_released(). */
struct oh_release {
	__u64 read_total;
	__u64 written_total;
	__u32 requests; /* that the relay has answered on this connection */
	__u32 pad;
};

struct oh_rate {
	oh_ns since;
	__u64 spent;
};

struct oh_hdr {
	__u32 hash; /* oh_name_hash() */
	__u16 name;
	__u16 name_len;
	__u16 value;
	__u16 value_len;
};

#define OH_H_CLOSE 1 /* Connection: close */
#define OH_H_CHUNKED 2 /* Transfer-Encoding */
#define OH_H_EXPECT 4
#define OH_H_UPGRADE 8
#define OH_H_SIZED 16 /* Content-Length */
#define OH_H_HOST 32
#define OH_H_BAD 64 /* contradictory or malformed */
#define OH_H_COMPLEX 128 /* more than the kernel follows */

#define OH_BUDGET 65536 /* bytes of a body that may be queued without flow control */
#define OH_STEPS_MAX 256 /* steps of a decision that an explanation keeps */

enum oh_step_kind {
	OH_STEP_EXACT = 1, /* id: virtual host, by its exact domain */
	OH_STEP_WILD = 2, /* id: virtual host, by a wildcard; detail: its place in the list */
	OH_STEP_ANY = 3, /* id: virtual host, by "*" */
	OH_STEP_PATH = 4, /* id: route, whose path does not match */
	OH_STEP_COND = 5, /* id: route; detail: the first condition that does not hold */
	OH_STEP_ROUTE = 6, /* id: route, which matches */
	OH_STEP_NOT_WILD =
		7, /* id: virtual host, whose wildcard does not match; detail: its place */
	OH_STEP_OPAQUE = 8, /* id: route, whose other conditions only the relay checks */
};

/* What was tried, in order. */
struct oh_step {
	oh_id id;
	__u16 kind; /* enum oh_step_kind */
	__u16 detail;
};

/* Where would this request go? Answered by oh_explain() on the maps in force. */
struct oh_ask {
	oh_ip ip;
	oh_port port;
	__u16 pad;
	__u32 len;
	__u8 bytes[OH_HEAD_MAX];
};

struct oh_answer {
	struct oh_decision d;
	__u32 refused; /* enum oh_reason: why the kernel path would not carry this head */
	__u32 stopped; /* enum oh_reason: where the decision stopped; 0: d.endpoint is the answer */
	__u32 steps_n; /* may exceed OH_STEPS_MAX: then the last ones are missing */
	/* what the parser found; 0 when the head is no whole one */
	__u32 head_len;
	__u64 content_length;
	__u16 method_len;
	__u16 target;
	__u16 target_len;
	__u16 host;
	__u16 host_len;
	__u16 pad[3];
	struct oh_step step[OH_STEPS_MAX];
};

/* Where the search for a query parameter is; in the head, because the stack is short. */
struct oh_query {
	__u32 off; /* of the query, in the head */
	__u32 len;
	__u32 start; /* of the parameter, in the query */
	__u32 equals; /* behind its name, in the query; ~0: no "=" yet */
	__u32 value; /* of the one that was found, in the head */
	__u32 value_len;
	__u32 found;
};

/* A request or response head: its bytes and where its parts are. */
struct oh_head {
	__u32 busy;
	__u32 len; /* bytes in data */
	__u32 head_len; /* with the empty line; 0: incomplete */
	__u32 state; /* of the parser (http.h) */
	__u32 at; /* next byte to read */
	__u32 start; /* of the token being read */
	__u32 hdrs_n;
	__u64 hash; /* of the name being read */
	__u32 flags; /* OH_H_* */
	__u32 explain; /* keep the steps; leave no trace in counters and turns */
	__u32 steps_n;
	struct oh_step step[OH_STEPS_MAX];
	__u64 content_length;
	__u64 random; /* of this request: for fractions and weights alike, as in Envoy */
	/* where the search for a route begins: 0, or where the relay goes on with it */
	__u32 from;
	__u32 known; /* that route is the one: the relay has checked its conditions */
	struct oh_query query;
	/* for consistent hashing (hash.h) */
	__u32 hash_off; /* hash policy of the route: a range of oh_hash */
	__u32 hash_n;
	__u64 source; /* hash of the client's address; 0: not known */
	__u64 request_hash; /* when hashed */
	__u64 part_hash; /* of the part looked at last */
	__u32 hashed;
	__u32 found; /* whether that part was there */
	struct oh_decision d; /* not on the stack, which is short */
	/* request line; of a response: version, status and phrase */
	__u16 method_len;
	__u16 target;
	__u16 target_len;
	__u16 path_len; /* target without query and fragment */
	__u16 version;
	__u16 version_len;
	__u16 host;
	__u16 host_len;
	__u32 domain_len; /* of the Host header as it is compared with domains */
	struct oh_domain_key domain; /* of the Host header, for the search */
	struct oh_hdr hdr[OH_HEADERS_MAX];
	__u8 data[OH_HEAD_MAX + OH_STR_MAX]; /* the tail keeps fixed-size reads inside */
};

#endif
