/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The configuration that the kernel and user space share: map keys and values.
 *
 * Plain structs only, padded by hand, no packing: TypeScript codecs are
 * generated from the BTF of the built object. Ids are indices into arrays;
 * id 0 is never used, so 0 means "none".
 *
 * Generations. Everything that configuration decides is versioned: an entry
 * holds two versions, each stamped with the generation that wrote it, and a
 * reader takes the newest version that is not newer than the active
 * generation (see lib/version.h). User space writes the version that nobody
 * reads, then moves oh_active: all changes of a generation appear at once.
 * What a version points at in the oh_list, oh_split and oh_wild arrays, in
 * oh_str, oh_regex and oh_dfa and in oh_addr/oh_domain is immutable while it can
 * be reached.
 */
#ifndef ONEHOP_WIRE_H
#define ONEHOP_WIRE_H

#define OH_STR_MAX 192 /* bytes of a string that a route matches on */
#define OH_DOMAIN_MAX 128 /* bytes of an exact virtual host domain */
#define OH_CONDS_MAX 8 /* header conditions of a route */
#ifndef OH_HEAD_MAX /* the relay's build reads longer heads */
#define OH_HEAD_MAX 4096 /* bytes of a head that the kernel reads: a power of two */
#define OH_HEADERS_MAX 64 /* headers of a head that the kernel reads */
#define OH_BLANKS_MAX 16 /* blanks behind a value that the kernel takes off */
#endif
#define OH_SHOW_MAX 64 /* bytes of Host and path that an event shows */
#define OH_WILD_MAX 32 /* wildcard domains of a route configuration */
#define OH_ROUTES_MAX 4096 /* routes of a virtual host */
#define OH_SPLIT_MAX 64 /* clusters of a weighted split */
#define OH_HASHES_MAX 8 /* items of a route's hash policy */
#define OH_DFA_CELLS 64 /* next states in an entry of oh_dfa: a power of two */
#define OH_CHOICES_MAX 4096 /* endpoints that least request looks at, unless at all of them */

/* IPv6, or IPv4 as ::ffff:a.b.c.d */
typedef struct {
	__u8 b[16];
} oh_ip;

typedef __u16 oh_port; /* host byte order */
typedef __u32 oh_id; /* index into the array named by the field */
typedef __u64 oh_ns; /* bpf_ktime_get_ns() */
typedef __u64 oh_cookie; /* socket cookie */

enum oh_path {
	OH_PATH_NONE = 0,
	OH_PATH_DIRECT = 1,
	OH_PATH_KERNEL = 2,
	OH_PATH_RELAY = 3,
};

struct oh_active {
	__u32 gen;
	__u32 pad;
};

/* The set of listener addresses in force: oh_addr keys carry it. */
struct oh_root_v {
	__u32 addr_set;
	__u32 pad;
};

struct oh_root {
	__u32 gen[2];
	struct oh_root_v v[2];
};

struct oh_addr_key {
	__u32 set; /* oh_root_v.addr_set */
	oh_port port;
	__u16 pad;
	oh_ip ip; /* all zero: any address (0.0.0.0 or ::) */
};

struct oh_addr {
	oh_id listener;
};

/* A range of oh_split. total is the sum of the weights. */
struct oh_range {
	__u32 off;
	__u32 n;
	__u32 total;
};

struct oh_split {
	oh_id cluster;
	__u32 upto; /* running sum of weights up to and with this one */
};

struct oh_listener_v {
	__u8 present;
	__u8 path; /* enum oh_path */
	__u8 reason; /* enum oh_reason: why relay */
	__u8 pad;
	oh_id rconf; /* HTTP: route configuration; 0: TCP */
	struct oh_range split; /* TCP: clusters */
};

struct oh_listener {
	__u32 gen[2];
	struct oh_listener_v v[2];
};

struct oh_domain_key {
	__u32 set; /* oh_rconf_v.domain_set */
	__u32 len;
	char name[OH_DOMAIN_MAX]; /* lower case, zero padded */
};

struct oh_domain {
	oh_id vhost;
};

/* A wildcard domain. "*.example" is a suffix ".example", "api.*" a prefix "api.". */
struct oh_wild {
	oh_id str;
	oh_id vhost;
	__u8 suffix; /* 1: suffix, 0: prefix */
	__u8 pad[3];
};

/*
 * Domain search, in Envoy's order: exact, suffix wildcards (longest first),
 * prefix wildcards (longest first), "*". The wild range is already in order.
 */
struct oh_rconf_v {
	__u8 present;
	__u8 flags; /* OH_RCONF_NO_PORT */
	__u8 pad[2];
	__u32 domain_set;
	__u32 wild_off;
	__u32 wild_n;
	oh_id any_vhost; /* "*", or 0 */
};

struct oh_rconf {
	__u32 gen[2];
	struct oh_rconf_v v[2];
};

/* The routes of a virtual host, in order: a range of route ids in oh_list. */
struct oh_vhost_v {
	__u8 present;
	__u8 pad[3];
	__u32 route_off;
	__u32 route_n;
};

struct oh_vhost {
	__u32 gen[2];
	struct oh_vhost_v v[2];
};

enum oh_subject { /* what a condition looks at */
		  OH_SUBJ_HEADER = 0, /* the header named by oh_cond.name */
		  OH_SUBJ_METHOD = 1, /* :method */
		  OH_SUBJ_AUTHORITY = 2, /* :authority, the Host header */
		  OH_SUBJ_PATH = 3, /* :path, with the query */
		  OH_SUBJ_QUERY = 4, /* the first query parameter named by oh_cond.name */
		  OH_SUBJ_FRACTION = 5, /* name of value random numbers: runtime_fraction */
};

enum oh_match { /* how it is compared */
		OH_M_ANY = 0, /* always true */
		OH_M_EXACT = 1,
		OH_M_PREFIX = 2,
		OH_M_SUFFIX = 3,
		OH_M_CONTAINS = 4,
		OH_M_PRESENT = 5,
		OH_M_SEGMENTS = 6, /* path_separated_prefix: equal, or a prefix before '/' */
		OH_M_RANGE = 7, /* a decimal number; the string is struct oh_between */
		OH_M_NEVER = 8,
		OH_M_CONNECT = 9, /* path only: the method is CONNECT */
		OH_M_REGEX = 10, /* the whole of it; the value is an oh_regex */
};

/* The content of an oh_str: numbers from first up to and without end. */
struct oh_between {
	__s64 first;
	__s64 end;
};

#define OH_F_INVERT 1 /* the condition holds when the match does not */
#define OH_F_NOCASE 2 /* ASCII case does not matter; the string is lower case */
#define OH_F_MISSING_EMPTY 4 /* a missing header counts as empty */
#define OH_F_OPAQUE 8 /* of a route: it has conditions that only the relay checks */
#define OH_F_JOINED 16 /* the values of a header that is there again are one: the relay compares */
#define OH_RCONF_NO_PORT 1 /* domains are compared without the port of the Host header */

struct oh_cond {
	__u8 subject; /* enum oh_subject */
	__u8 match; /* enum oh_match */
	__u8 flags; /* OH_F_* */
	__u8 pad;
	__u32 hash; /* oh_name_hash() of the header name */
	oh_id name; /* oh_str: lower-case header name */
	oh_id value; /* oh_str, with OH_M_REGEX oh_regex, or 0 */
};

struct oh_route_v {
	__u8 present;
	__u8 path; /* enum oh_path */
	__u8 reason; /* enum oh_reason: why relay */
	__u8 conds_n;
	__u8 match; /* enum oh_match: on the path without query and fragment */
	__u8 flags; /* OH_F_NOCASE, OH_F_OPAQUE */
	__u16 status; /* the relay answers, for the reason given; 0: to the clusters of split */
	oh_id str; /* oh_str, with OH_M_REGEX oh_regex: path to match */
	struct oh_cond cond[OH_CONDS_MAX]; /* all must hold */
	struct oh_range split;
	__u32 hash_off; /* hash policy: a range of oh_hash */
	__u32 hash_n;
};

struct oh_route {
	__u32 gen[2];
	struct oh_route_v v[2];
};

enum oh_group_kind {
	OH_GROUP_TURNS = 0, /* each in turn; members: endpoints in oh_list */
	OH_GROUP_RANDOM = 1, /* members: endpoints in oh_list */
	OH_GROUP_WEIGHTED = 2, /* turns by weight; members: endpoints in oh_share */
	OH_GROUP_LEAST = 3, /* fewest requests under way; members: endpoints in oh_list */
	OH_GROUP_RING = 4, /* consistent hash; members: points in oh_ring */
	OH_GROUP_MAGLEV = 5, /* consistent hash; members: the table, endpoints in oh_maglev */
	OH_GROUP_LOCALITIES = 6, /* turns by weight; members: groups in oh_share */
};

/* An item of a range with weights: a group or an endpoint. */
struct oh_share {
	oh_id id;
	__u32 upto; /* running sum of weights up to and with this one */
};

/*
 * Endpoints among which a policy chooses. Of turns by weight, `total` is the
 * sum of the weights, and turn t is at t * step mod total of it: each place
 * once in total turns, neighbours far apart.
 */
struct oh_group {
	__u8 kind; /* enum oh_group_kind */
	__u8 pad;
	__u16 choices; /* LEAST: how many are looked at; 0: all */
	__u32 off;
	__u32 n;
	__u32 total;
	__u32 step;
};

/* A point of a hash ring; ascending. */
struct oh_ring {
	__u64 hash;
	oh_id endpoint;
	__u32 pad;
};

enum oh_by { /* what of a request is hashed */
	     OH_BY_HEADER = 0, /* the header named by oh_hash.header */
	     OH_BY_METHOD = 1, /* :method */
	     OH_BY_AUTHORITY = 2, /* :authority, the Host header */
	     OH_BY_PATH = 3, /* :path, with the query */
	     OH_BY_COOKIE = 4, /* the cookie named by oh_hash.name; `header` is "cookie" */
	     OH_BY_QUERY = 5, /* the first query parameter named by oh_hash.name */
	     OH_BY_SOURCE = 6, /* the client's address */
};

#define OH_BY_TERMINAL 1 /* ends the list when there is a hash */
#define OH_BY_JOINED 2 /* the values of a header that is there again are one */

/* One item of a route's hash policy. */
struct oh_hash {
	__u8 by; /* enum oh_by */
	__u8 flags; /* OH_BY_* */
	__u16 pad;
	__u32 hash; /* oh_name_hash() of the header name */
	oh_id header; /* oh_str: lower-case header name */
	oh_id name; /* oh_str: of the cookie or parameter */
};

/*
 * Tiers: priorities, healthy ones before degraded ones, each a group that gets
 * its part of 100 requests; a range of oh_share with total 100.
 */
struct oh_cluster_v {
	__u8 present;
	__u8 hashed; /* the choice goes by the request's hash */
	__u16 pad;
	__u32 drop; /* of a million requests so many are turned away */
	struct oh_range tiers;
};

struct oh_cluster {
	__u32 gen[2];
	struct oh_cluster_v v[2];
};

/* Never changes while its id is in use. */
struct oh_endpoint {
	oh_ip ip;
	oh_port port;
	__u16 pad;
	oh_id cluster;
};

struct oh_str {
	__u32 len;
	char s[OH_STR_MAX];
};

/*
 * A regular expression, as an automaton that reads the text once. A state is a
 * number below 256; in 0 nothing can match any more. Behind byte b of the text,
 * state s is followed by cell s * classes + class[b], and a text that ends in a
 * state from `accept` on matches. The cells are in the n entries of oh_dfa from
 * `off` on.
 */
struct oh_regex {
	__u32 off;
	__u32 n;
	__u16 classes;
	__u8 start;
	__u8 accept; /* never 0 */
	__u8 class[256];
};

struct oh_dfa {
	__u8 next[OH_DFA_CELLS];
};

/* Knobs that may change while programs run. */
#define OH_EVENTS_SAMPLED 1
#define OH_EVENTS_TRACED 2 /* there are connections in oh_trace */

struct oh_knobs {
	__u32 events; /* OH_EVENTS_*: of which requests somebody wants to hear */
	__u32 sample_every; /* 1: every request */
	__u32 rate_per_sec; /* events a second and CPU, 0: no limit */
	__u32 force_relay; /* 1: every request takes the relay */
};

/* One entry a workload cgroup (key: cgroup id): who is speaking. */
struct oh_workload {
	oh_id id;
	__u32 pad;
	oh_ip ip4; /* as ::ffff:a.b.c.d; all zero: none */
	oh_ip ip6; /* all zero: none */
	__u64 hash4; /* xxHash64 of the text of the address */
	__u64 hash6;
};

#endif
