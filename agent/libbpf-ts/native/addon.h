/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libbpf for Node.js, the native half: thin calls, no policy.
 *
 * A call answers a value, or -errno as a number; what it was given is checked
 * before the kernel sees it (kind of handle, bytes of buffers), and a wrong
 * argument is a TypeError. src/native.ts declares each function for TypeScript.
 */
#ifndef LIBBPF_TS_ADDON_H
#define LIBBPF_TS_ADDON_H

#define NAPI_VERSION 8
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <node_api.h>

/* What JavaScript holds. Closed: fd is -1, the pointers are NULL. */
struct handle {
	__u32 magic;
	char kind; /* m(ap) p(rogram) l(ink) s(tatistics) o(bject) r(ing) */
	bool pinned;
	bool debug; /* objects: keep what libbpf says at debug level while it loads */
	int fd;
	/* maps: bytes that a system call reads or writes at the user's pointers */
	__u32 key_size;
	__u32 value_size;
	struct bpf_link *link; /* of bpf_program__attach */
	struct bpf_object *object;
	struct ring *ring;
};

struct arg {
	napi_value js;
	struct handle *h;
	__u32 n;
	const char *text;
	struct bpf_map *map;
	struct bpf_program *program;
	void *bytes;
	size_t len;
};

/* A call: its checked arguments, and its result unless that is a number. */
struct call {
	napi_env env;
	struct arg v[8];
	__u32 *count;
	bool closed; /* a handle has no fd any more */
	napi_value result;
	char (*text)[4096]; /* arguments that are text, in order */
};

/*
 * One letter for each argument, then '>' and what the returned number becomes
 * when it is not negative: n(umber), or an fd to be owned by a handle.
 *
 *   m p l s o r  handle of that kind     f  handle with an fd     M  map or null
 *   n  u32                               b  boolean               t  text, T  or null
 *   a  index of a map of the object v[0]  g  name of a program of it
 *   k  key of map v[0], K  or null       v  its value             y  bytes, Y  or null
 *   c  Uint32Array: count; then x  as many keys, z  as many values
 *   j  anything
 */
struct function {
	const char *name;
	const char *format;
	__s64 (*call)(struct call *c);
};
extern const struct function object_functions[], map_functions[], program_functions[],
	system_functions[], ring_functions[];

/* A call that is one expression of c. */
#define CALL(name, expression)                                                                     \
	static __s64 name(struct call *c)                                                          \
	{                                                                                          \
		(void)c;                                                                           \
		return expression;                                                                 \
	}

#define FD(c, i) ((c)->v[i].h->fd)

napi_value new_number(napi_env env, __s64 value);
napi_value new_handle(napi_env env, const struct handle *from);
/* Sets the result; answers 0, or -errno. */
int give_bytes(struct call *c, const void *data, size_t len);
int give_handle(struct call *c, const struct handle *from);

void set_value(napi_env env, napi_value object, const char *name, napi_value value);
void set_number(napi_env env, napi_value object, const char *name, __s64 value);
void set_bigint(napi_env env, napi_value object, const char *name, __u64 value);
void set_text(napi_env env, napi_value object, const char *name, const char *value);
void set_bool(napi_env env, napi_value object, const char *name, bool value);

/* What libbpf printed since the last call, on this thread; valid until it prints again. */
const char *log_take(size_t *size);
void log_reset(void);
/* Also keep what it says at debug level. */
void log_debug(bool on);
int log_print(enum libbpf_print_level level, const char *format, va_list args);

#endif
