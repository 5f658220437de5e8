/* SPDX-License-Identifier: Apache-2.0 */
#include "addon.h"
#include <stdio.h>

#define MAGIC 0x6c627066 /* an external of another addon is not taken for ours */

/* ---- arguments ---- */

static const char *get_handle(struct call *c, struct arg *v, char kind)
{
	napi_valuetype type;
	void *data = NULL;

	if (napi_typeof(c->env, v->js, &type) != napi_ok || type != napi_external)
		return "a handle";
	napi_get_value_external(c->env, v->js, &data);
	v->h = data;
	if (!v->h || v->h->magic != MAGIC)
		return "a handle of this addon";
	if (kind == 'f' ? !strchr("mpls", v->h->kind) : v->h->kind != kind)
		return "a handle of another kind";
	if ((kind == 'o' && !v->h->object) || (kind == 'r' && !v->h->ring))
		return "a handle that is open";
	c->closed |= strchr("mpls", kind) && v->h->fd < 0;
	return NULL;
}

static const char *get_bytes(struct call *c, struct arg *v, size_t need)
{
	napi_typedarray_type type;

	if (napi_get_typedarray_info(c->env, v->js, &type, &v->len, &v->bytes, NULL, NULL) !=
		    napi_ok ||
	    (type != napi_uint8_array && type != napi_uint32_array))
		return "a Uint8Array";
	if (type == napi_uint32_array)
		v->len *= 4;
	return v->len < need ? "more bytes: the map's keys or values are larger" : NULL;
}

static const char *get_text(struct call *c, struct arg *v, int *texts)
{
	char *text = c->text[(*texts)++];
	const size_t max = sizeof(c->text[0]);
	size_t len = 0;

	v->text = text;
	if (napi_get_value_string_utf8(c->env, v->js, text, max, &len) != napi_ok)
		return "a string";
	return len == max - 1 ? "shorter" : NULL;
}

static const char *get_u32(struct call *c, struct arg *v)
{
	double d = -1;

	napi_get_value_double(c->env, v->js, &d);
	if (!(d >= 0 && d <= UINT32_MAX) || d != (double)(__u32)d)
		return "an integer from 0 to 4294967295";
	v->n = (__u32)d;
	return NULL;
}

/* NULL, or what the argument must be. */
static const char *get_arg(struct call *c, int i, char letter, int *texts)
{
	struct arg *v = &c->v[i];
	napi_valuetype type = napi_undefined;
	const char *bad;
	bool on = false;

	napi_typeof(c->env, v->js, &type);
	if (type == napi_null && strchr("MTKY", letter))
		return NULL;
	switch (letter) {
	case 'j':
		return NULL;
	case 'n':
		return get_u32(c, v);
	case 'b':
		bad = napi_get_value_bool(c->env, v->js, &on) == napi_ok ? NULL : "a boolean";
		v->n = on;
		return bad;
	case 't':
	case 'T':
		return get_text(c, v, texts);
	case 'a':
		bad = get_u32(c, v);
		v->map = bpf_object__next_map(c->v[0].h->object, NULL);
		for (__u32 n = 0; v->map && n < v->n; n++)
			v->map = bpf_object__next_map(c->v[0].h->object, v->map);
		return bad ? bad : (v->map ? NULL : "the index of a map");
	case 'g':
		bad = get_text(c, v, texts);
		if (!bad)
			v->program = bpf_object__find_program_by_name(c->v[0].h->object, v->text);
		return bad ? bad : (v->program ? NULL : "a program of the object");
	case 'k':
	case 'K':
		/* Maps without keys (queues) take no buffer at all. */
		return c->v[0].h->key_size || type != napi_null
			       ? get_bytes(c, v, c->v[0].h->key_size)
			       : NULL;
	case 'v':
		return get_bytes(c, v, c->v[0].h->value_size);
	case 'y':
	case 'Y':
		return get_bytes(c, v, 0);
	case 'c':
		bad = get_bytes(c, v, sizeof(*c->count));
		c->count = v->bytes;
		return bad;
	case 'x':
		return get_bytes(c, v, (size_t)*c->count * c->v[0].h->key_size);
	case 'z':
		return get_bytes(c, v, (size_t)*c->count * c->v[0].h->value_size);
	case 'M':
		letter = 'm';
		/* fall through */
	default:
		return get_handle(c, v, letter);
	}
}

/* ---- results ---- */

napi_value new_number(napi_env env, __s64 value)
{
	napi_value result;

	napi_create_int64(env, value, &result);
	return result;
}

int give_bytes(struct call *c, const void *data, size_t len)
{
	napi_value buffer;
	void *to;

	if (napi_create_arraybuffer(c->env, len, &to, &buffer) != napi_ok)
		return -ENOMEM;
	if (len)
		memcpy(to, data, len);
	napi_create_typedarray(c->env, napi_uint8_array, len, buffer, 0, &c->result);
	return 0;
}

static void free_handle(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	/* Only the memory: what is still open was leaked, and src/handle.ts says so. */
	free(data);
}

napi_value new_handle(napi_env env, const struct handle *from)
{
	struct handle *h = malloc(sizeof(*h));
	napi_value result;

	if (!h) {
		if (from->fd >= 0)
			close(from->fd);
		return new_number(env, -ENOMEM);
	}
	*h = *from;
	h->magic = MAGIC;
	napi_create_external(env, h, free_handle, NULL, &result);
	return result;
}

int give_handle(struct call *c, const struct handle *from)
{
	c->result = new_handle(c->env, from);
	return 0;
}

void set_value(napi_env env, napi_value object, const char *name, napi_value value)
{
	napi_set_named_property(env, object, name, value);
}

void set_number(napi_env env, napi_value object, const char *name, __s64 value)
{
	set_value(env, object, name, new_number(env, value));
}

void set_bigint(napi_env env, napi_value object, const char *name, __u64 value)
{
	napi_value big;

	napi_create_bigint_uint64(env, value, &big);
	set_value(env, object, name, big);
}

void set_text(napi_env env, napi_value object, const char *name, const char *value)
{
	napi_value text;

	napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &text);
	set_value(env, object, name, text);
}

void set_bool(napi_env env, napi_value object, const char *name, bool value)
{
	napi_value boolean;

	napi_get_boolean(env, value, &boolean);
	set_value(env, object, name, boolean);
}

/*
 * The kernel copies as many bytes as it thinks right (bpf_map_value_size() in
 * kernel/bpf/syscall.c): every buffer is held against these sizes.
 */
static int measure(struct handle *map)
{
	struct bpf_map_info i = {};
	__u32 len = sizeof(i);
	int err = bpf_obj_get_info_by_fd(map->fd, &i, &len);

	map->key_size = i.key_size;
	map->value_size = i.value_size;
	if (i.type == BPF_MAP_TYPE_PERCPU_HASH || i.type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	    i.type == BPF_MAP_TYPE_LRU_PERCPU_HASH || i.type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE)
		map->value_size = (i.value_size + 7) / 8 * 8 * libbpf_num_possible_cpus();
	if (err)
		close(map->fd);
	return err;
}

static __s64 take_log(struct call *c)
{
	size_t len;
	const char *text = log_take(&len);

	napi_create_string_utf8(c->env, text, len, &c->result);
	return 0;
}

static napi_value dispatch(napi_env env, napi_callback_info info)
{
	char text[3][4096];
	struct call c = {.env = env, .text = text};
	const struct function *f = NULL;
	napi_value argv[8];
	size_t argc = 8;
	const char *bad = NULL, *p;
	int i = 0, texts = 0, err;
	struct handle h = {};
	char message[96];
	__s64 n;

	napi_get_cb_info(env, info, &argc, argv, NULL, (void **)&f);
	for (p = f->format; *p != '>' && !bad; p++, i++) {
		c.v[i].js = argv[i];
		bad = get_arg(&c, i, *p, &texts);
	}
	if (bad) {
		snprintf(message, sizeof(message), "%s: argument %d must be %s", f->name, i, bad);
		napi_throw_type_error(env, NULL, message);
		return NULL;
	}
	if (c.closed)
		return new_number(env, -EBADF);
	/* A failure must not be explained with the words of an earlier call. */
	if (f->call != take_log)
		log_reset();
	n = f->call(&c);
	if (n < 0 || (p[1] == 'n' && !c.result))
		return new_number(env, n);
	if (c.result)
		return c.result;
	h.kind = p[1];
	h.fd = n;
	err = h.kind == 'm' ? measure(&h) : 0;
	return err ? new_number(env, err) : new_handle(env, &h);
}

/* ---- what all handles with a file descriptor can do ---- */

CALL(handle_fd, FD(c, 0))

static __s64 handle_dup(struct call *c)
{
	struct handle copy = *c->v[0].h;

	copy.link = NULL;
	copy.fd = fcntl(copy.fd, F_DUPFD_CLOEXEC, 3);
	return copy.fd < 0 ? -errno : give_handle(c, &copy);
}

static __s64 handle_close(struct call *c)
{
	struct handle *h = c->v[0].h;
	int err = 0;

	if (h->link) {
		/* Destroying would switch off the perf event behind a pinned kprobe. */
		if (h->pinned) {
			bpf_link__disconnect(h->link);
			close(h->fd);
		}
		err = bpf_link__destroy(h->link);
	} else if (h->fd >= 0) {
		err = close(h->fd) ? -errno : 0;
	}
	h->link = NULL;
	h->fd = -1;
	return err;
}

static __s64 handle_pin(struct call *c)
{
	int err = bpf_obj_pin(FD(c, 0), c->v[1].text);

	c->v[0].h->pinned |= !err;
	return err;
}

/* ---- the module ---- */

static const struct function common_functions[] = {
	{"takeLog", ">n", take_log},	{"fd", "f>n", handle_fd},    {"dup", "f>n", handle_dup},
	{"close", "f>n", handle_close}, {"pin", "ft>n", handle_pin}, {},
};

static void export(napi_env env, napi_value exports, const struct function *f)
{
	napi_value call;

	for (; f->name; f++) {
		napi_create_function(env, f->name, NAPI_AUTO_LENGTH, dispatch, (void *)f, &call);
		set_value(env, exports, f->name, call);
	}
}

NAPI_MODULE_INIT()
{
	char version[32];

	libbpf_set_print(log_print);
	export(env, exports, common_functions);
	export(env, exports, object_functions);
	export(env, exports, map_functions);
	export(env, exports, program_functions);
	export(env, exports, system_functions);
	export(env, exports, ring_functions);
	snprintf(version, sizeof(version), "%u.%u", libbpf_major_version(), libbpf_minor_version());
	set_text(env, exports, "libbpfVersion", version);
	set_number(env, exports, "possibleCpus", libbpf_num_possible_cpus());
	return exports;
}
