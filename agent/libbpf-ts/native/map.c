/* SPDX-License-Identifier: Apache-2.0 */
#include "addon.h"

static __s64 map_create(struct call *c)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = c->v[5].n,
		    .inner_map_fd = c->v[6].h ? FD(c, 6) : 0);

	return bpf_map_create(c->v[0].n, c->v[1].text, c->v[2].n, c->v[3].n, c->v[4].n, &opts);
}

CALL(map_by_id, bpf_map_get_fd_by_id(c->v[0].n))
CALL(map_by_pin, bpf_obj_get(c->v[0].text))

static __s64 map_info(struct call *c)
{
	struct bpf_map_info i = {};
	__u32 len = sizeof(i);
	napi_value o;
	int err = bpf_obj_get_info_by_fd(FD(c, 0), &i, &len);

	if (err)
		return err;
	napi_create_object(c->env, &o);
	set_number(c->env, o, "id", i.id);
	set_number(c->env, o, "type", i.type);
	set_text(c->env, o, "name", i.name);
	set_number(c->env, o, "keySize", i.key_size);
	set_number(c->env, o, "valueSize", i.value_size);
	set_number(c->env, o, "maxEntries", i.max_entries);
	set_number(c->env, o, "flags", i.map_flags);
	set_number(c->env, o, "btfId", i.btf_id);
	set_number(c->env, o, "keyType", i.btf_key_type_id);
	set_number(c->env, o, "valueType", i.btf_value_type_id);
	c->result = o;
	return 0;
}

CALL(map_lookup, bpf_map_lookup_elem_flags(FD(c, 0), c->v[1].bytes, c->v[2].bytes, c->v[3].n))
CALL(map_update, bpf_map_update_elem(FD(c, 0), c->v[1].bytes, c->v[2].bytes, c->v[3].n))
CALL(map_delete, bpf_map_delete_elem(FD(c, 0), c->v[1].bytes))
CALL(map_lookup_delete, bpf_map_lookup_and_delete_elem(FD(c, 0), c->v[1].bytes, c->v[2].bytes))
CALL(map_next_key, bpf_map_get_next_key(FD(c, 0), c->v[1].bytes, c->v[2].bytes))

/* Where a batch goes on: a bucket number for hash maps, a key for the others. */
static bool too_small(const struct call *c, const struct arg *token)
{
	__u32 key = c->v[0].h->key_size;

	return token->bytes && token->len < (key > 4 ? key : 4);
}

static __s64 map_lookup_batch(struct call *c)
{
	if (too_small(c, &c->v[2]) || too_small(c, &c->v[3]))
		return -EINVAL;
	return bpf_map_lookup_batch(FD(c, 0), c->v[2].bytes, c->v[3].bytes, c->v[4].bytes,
				    c->v[5].bytes, c->count, NULL);
}

static __s64 map_update_batch(struct call *c)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts, .elem_flags = c->v[4].n);

	return bpf_map_update_batch(FD(c, 0), c->v[2].bytes, c->v[3].bytes, c->count, &opts);
}

CALL(map_delete_batch, bpf_map_delete_batch(FD(c, 0), c->v[2].bytes, c->count, NULL))
CALL(map_freeze, bpf_map_freeze(FD(c, 0)))

const struct function map_functions[] = {
	{"mapCreate", "ntnnnnM>m", map_create},
	{"mapById", "n>m", map_by_id},
	{"mapByPin", "t>m", map_by_pin},
	{"mapInfo", "m>n", map_info},
	{"mapLookup", "mkvn>n", map_lookup},
	{"mapUpdate", "mkvn>n", map_update},
	{"mapDelete", "mk>n", map_delete},
	{"mapLookupDelete", "mkv>n", map_lookup_delete},
	{"mapNextKey", "mKk>n", map_next_key},
	{"mapLookupBatch", "mcYyxz>n", map_lookup_batch},
	{"mapUpdateBatch", "mcxzn>n", map_update_batch},
	{"mapDeleteBatch", "mcx>n", map_delete_batch},
	{"mapFreeze", "m>n", map_freeze},
	{},
};
