/* SPDX-License-Identifier: Apache-2.0 */
#include "addon.h"

static __s64 open_object(struct call *c, bool file)
{
	struct handle h = {.kind = 'o', .fd = -1, .debug = c->v[3].n > 0};
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = c->v[1].text,
		    .pin_root_path = c->v[2].text, .kernel_log_level = c->v[3].n);

	h.object = file ? bpf_object__open_file(c->v[0].text, &opts)
			: bpf_object__open_mem(c->v[0].bytes, c->v[0].len, &opts);
	return h.object ? give_handle(c, &h) : -errno;
}

CALL(object_open, open_object(c, true))
CALL(object_open_bytes, open_object(c, false))

static __s64 object_btf(struct call *c)
{
	struct btf *btf = bpf_object__btf(c->v[0].h->object);
	const void *data;
	__u32 len;

	if (!btf)
		return -ENOENT;
	data = btf__raw_data(btf, &len);
	return data ? give_bytes(c, data, len) : -ENOMEM;
}

static __s64 object_maps(struct call *c)
{
	struct bpf_map *m;
	napi_value o;
	__u32 i = 0;

	napi_create_array(c->env, &c->result);
	bpf_object__for_each_map(m, c->v[0].h->object)
	{
		napi_create_object(c->env, &o);
		set_text(c->env, o, "name", bpf_map__name(m));
		set_number(c->env, o, "type", bpf_map__type(m));
		set_number(c->env, o, "keySize", bpf_map__key_size(m));
		set_number(c->env, o, "valueSize", bpf_map__value_size(m));
		set_number(c->env, o, "maxEntries", bpf_map__max_entries(m));
		set_number(c->env, o, "flags", bpf_map__map_flags(m));
		set_number(c->env, o, "keyType", bpf_map__btf_key_type_id(m));
		set_number(c->env, o, "valueType", bpf_map__btf_value_type_id(m));
		set_bool(c->env, o, "internal", bpf_map__is_internal(m));
		napi_set_element(c->env, c->result, i++, o);
	}
	return 0;
}

static __s64 object_programs(struct call *c)
{
	struct bpf_program *p;
	napi_value o;
	__u32 i = 0;

	napi_create_array(c->env, &c->result);
	bpf_object__for_each_program(p, c->v[0].h->object)
	{
		napi_create_object(c->env, &o);
		set_text(c->env, o, "name", bpf_program__name(p));
		set_text(c->env, o, "section", bpf_program__section_name(p));
		set_number(c->env, o, "type", bpf_program__type(p));
		set_number(c->env, o, "attachType", bpf_program__expected_attach_type(p));
		set_bool(c->env, o, "autoload", bpf_program__autoload(p));
		napi_set_element(c->env, c->result, i++, o);
	}
	return 0;
}

CALL(object_set_max_entries, bpf_map__set_max_entries(c->v[1].map, c->v[2].n))
CALL(object_reuse_map, bpf_map__reuse_fd(c->v[1].map, FD(c, 2)))
CALL(object_set_inner_map, bpf_map__set_inner_map_fd(c->v[1].map, FD(c, 2)))

static __s64 object_initial_value(struct call *c)
{
	size_t len = 0;
	const void *data = bpf_map__initial_value(c->v[1].map, &len);

	return data ? give_bytes(c, data, len) : -ENOENT;
}

CALL(object_set_initial_value, bpf_map__set_initial_value(c->v[1].map, c->v[2].bytes, c->v[2].len))
CALL(object_set_autoload, bpf_program__set_autoload(c->v[1].program, c->v[2].n))

static __s64 object_load(struct call *c)
{
	int err;

	log_debug(c->v[0].h->debug);
	err = bpf_object__load(c->v[0].h->object);
	log_debug(false);
	return err;
}

/* The object keeps its own descriptors: what is given out may live longer. */
static int own_fd(int fd)
{
	if (fd < 0)
		return fd;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

CALL(object_map, own_fd(bpf_map__fd(c->v[1].map)))
CALL(object_program, own_fd(bpf_program__fd(c->v[1].program)))

static __s64 object_attach(struct call *c)
{
	struct handle h = {.kind = 'l', .link = bpf_program__attach(c->v[1].program)};

	if (!h.link)
		return -errno;
	h.fd = bpf_link__fd(h.link);
	return give_handle(c, &h);
}

static __s64 object_close(struct call *c)
{
	bpf_object__close(c->v[0].h->object);
	c->v[0].h->object = NULL;
	return 0;
}

const struct function object_functions[] = {
	{"objectOpen", "tTTn>n", object_open},
	{"objectOpenBytes", "yTTn>n", object_open_bytes},
	{"objectBtf", "o>n", object_btf},
	{"objectMaps", "o>n", object_maps},
	{"objectPrograms", "o>n", object_programs},
	{"objectSetMaxEntries", "oan>n", object_set_max_entries},
	{"objectReuseMap", "oam>n", object_reuse_map},
	{"objectSetInnerMap", "oam>n", object_set_inner_map},
	{"objectInitialValue", "oa>n", object_initial_value},
	{"objectSetInitialValue", "oay>n", object_set_initial_value},
	{"objectSetAutoload", "ogb>n", object_set_autoload},
	{"objectLoad", "o>n", object_load},
	{"objectMap", "oa>m", object_map},
	{"objectProgram", "og>p", object_program},
	{"objectAttach", "og>n", object_attach},
	{"objectClose", "o>n", object_close},
	{},
};
