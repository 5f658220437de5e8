/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a connection or request took the path it took, or was turned away.
 *
 * One list for the kernel, the wasm and native builds and TypeScript: the
 * names and texts are generated from this file (core/src/wire), so keep the
 * form "OH_R_NAME = n, / * sentence for people * /". Numbers never change.
 */
#ifndef ONEHOP_REASONS_H
#define ONEHOP_REASONS_H

enum oh_reason {
	OH_R_NONE = 0, /* nothing stood in the way */
	OH_R_NO_LISTENER = 1, /* no listener has this address and port: left untouched */
	OH_R_NO_VHOST = 2, /* no virtual host has a domain that matches the Host header */
	OH_R_NO_ROUTE = 3, /* no route of the virtual host matches the request */
	OH_R_NO_CLUSTER = 4, /* the route's cluster does not exist */
	OH_R_NO_ENDPOINT = 5, /* the cluster has no usable endpoint */
	OH_R_LISTENER_RELAY = 6, /* the listener needs the relay (see its route table) */
	OH_R_ROUTE_RELAY = 7, /* the route needs the relay (see its route table) */
	OH_R_DIRECT_RESPONSE = 8, /* the route answers by itself; the relay writes that answer */
	OH_R_POOL_DRY = 9, /* no warm upstream connection was idle */
	OH_R_HEAD_SPLIT = 10, /* the request head did not arrive in one message */
	OH_R_HEAD_TOO_LONG = 11, /* the request head is longer than the kernel reads */
	OH_R_HEAD_BAD = 12, /* the request head is not plain HTTP/1.1 */
	OH_R_HEAD_COMPLEX =
		13, /* more headers than the kernel reads, or a method, target or Host that is not plain */
	OH_R_UPGRADE = 14, /* Upgrade or CONNECT: the connection changes protocol */
	OH_R_EXPECT = 15, /* Expect: 100-continue needs an interim answer */
	OH_R_REQUEST_CHUNKED = 16, /* the request body is chunked */
	OH_R_REQUEST_LARGE = 17, /* the request body is over the kernel budget */
	OH_R_PIPELINED = 18, /* a request came before the last answer was complete */
	OH_R_HTTP10 = 19, /* HTTP/1.0 or Connection: close: the connection ends with the answer */
	OH_R_RESPONSE_LARGE = 20, /* the response body is over the kernel budget */
	OH_R_RESPONSE_UNSIZED = 21, /* the response has no Content-Length */
	OH_R_RESPONSE_CLOSE = 22, /* the response ends the upstream connection */
	OH_R_RESPONSE_HEAD = 23, /* the response head is split, long or not plain HTTP/1.1 */
	OH_R_RESPONSE_INTERIM = 24, /* an interim 1xx response */
	OH_R_UPSTREAM_GONE =
		25, /* the upstream connection ended before the response was complete */
	OH_R_CLIENT_GONE =
		26, /* the client ended the connection before the response was complete */
	OH_R_FORCED = 27, /* the relay was forced by a knob */
	OH_R_BUSY = 28, /* no parse buffer was free on this CPU */
	OH_R_NOT_HTTP = 29, /* the first bytes are not HTTP: passed on as bytes */
	OH_R_MAP_FULL = 30, /* a map of the datapath is full */
	OH_R_REDIRECT = 31, /* the kernel refused to redirect */
	OH_R_SERVER_FIRST = 32, /* the client waits for the server to speak first */
	OH_R_PENDING = 33, /* the relay still holds bytes of an earlier request */
	OH_R_RELEASED = 34, /* the relay gave the connection back to the kernel */
	OH_R_EVENT_LOST = 35, /* the event ring was full */
	OH_R_EVENT_LIMITED = 36, /* the event was over the rate limit */
	OH_R_STALE_POOL = 37, /* a pooled connection had ended and was skipped */
	OH_R_MATCH_RELAY =
		38, /* a condition of the route is checked in the relay (see its route table) */
	OH_R_ROUTE_REDIRECT = 39, /* the route redirects; the relay writes that answer */
	OH_R_ROUTE_CHANGES =
		40, /* the route changes the request or its response: the relay does it */
	OH_R_CLUSTER_HEADER = 41, /* a header names the cluster: the relay reads it */
	OH_R_ROUTE_TIMEOUT = 42, /* the route has a timeout or retries: the relay keeps the time */
	OH_R_ROUTE_FILTER = 43, /* the route runs HTTP filters: the relay runs them */
	OH_R_HOST_CHANGES =
		44, /* the listener takes something off the Host header: the relay does it */
	OH_R_CONTROL_LOST =
		45, /* the agent was behind with what programs tell it: it looks at every connection */
	OH_R_DROPPED = 46, /* the cluster turns away a part of its requests (drop_overloads) */
	OH_R_HASH_RELAY = 47, /* a header that is hashed occurs twice: the relay sorts its values */
	OH_R_HASH_SOURCE =
		48, /* the client's address, which is hashed, is not known to the program */
	OH_R_MAX = 49, /* (number of reasons) */
};

#endif
