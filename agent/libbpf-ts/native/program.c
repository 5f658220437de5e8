/* SPDX-License-Identifier: Apache-2.0 */
#include "addon.h"
#include <stdio.h>

CALL(program_by_id, bpf_prog_get_fd_by_id(c->v[0].n))
CALL(program_by_pin, bpf_obj_get(c->v[0].text))

static __s64 program_info(struct call *c)
{
	__u32 maps[64]; /* MAX_USED_MAPS of the kernel */
	struct bpf_prog_info i = {.nr_map_ids = 64, .map_ids = (unsigned long)maps};
	char tag[2 * BPF_TAG_SIZE + 1];
	__u32 len = sizeof(i);
	napi_value o, list;
	int err = bpf_obj_get_info_by_fd(FD(c, 0), &i, &len);

	if (err)
		return err;
	for (int n = 0; n < BPF_TAG_SIZE; n++)
		snprintf(tag + 2 * n, 3, "%02x", i.tag[n]);
	napi_create_object(c->env, &o);
	set_number(c->env, o, "id", i.id);
	set_text(c->env, o, "name", i.name);
	set_number(c->env, o, "type", i.type);
	set_text(c->env, o, "tag", tag);
	set_number(c->env, o, "translatedBytes", i.xlated_prog_len);
	set_number(c->env, o, "jitedBytes", i.jited_prog_len);
	set_number(c->env, o, "verifiedInstructions", i.verified_insns);
	set_bigint(c->env, o, "runCount", i.run_cnt);
	set_bigint(c->env, o, "runTimeNs", i.run_time_ns);
	set_bigint(c->env, o, "recursionMisses", i.recursion_misses);
	set_bigint(c->env, o, "loadTimeNs", i.load_time);
	set_number(c->env, o, "btfId", i.btf_id);
	napi_create_array(c->env, &list);
	for (__u32 n = 0; n < i.nr_map_ids && n < 64; n++)
		napi_set_element(c->env, list, n, new_number(c->env, maps[n]));
	set_value(c->env, o, "mapIds", list);
	c->result = o;
	return 0;
}

CALL(program_attach, bpf_prog_attach(FD(c, 0), c->v[1].n, c->v[2].n, 0))
CALL(program_detach, bpf_prog_detach2(FD(c, 0), c->v[1].n, c->v[2].n))

static __s64 program_test(struct call *c)
{
	struct arg *v = c->v;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = v[1].bytes, .data_size_in = v[1].len,
		    .data_out = v[2].bytes, .data_size_out = v[2].len, .ctx_in = v[3].bytes,
		    .ctx_size_in = v[3].len, .ctx_out = v[4].bytes, .ctx_size_out = v[4].len,
		    .repeat = v[5].n, .flags = v[6].n);
	int err = bpf_prog_test_run_opts(FD(c, 0), &opts);

	if (err)
		return err;
	napi_create_object(c->env, &c->result);
	set_number(c->env, c->result, "returnValue", opts.retval);
	set_number(c->env, c->result, "durationNs", opts.duration);
	set_number(c->env, c->result, "dataLength", opts.data_size_out);
	set_number(c->env, c->result, "contextLength", opts.ctx_size_out);
	return 0;
}

/* ---- links ---- */

CALL(link_create, bpf_link_create(FD(c, 0), c->v[1].n, c->v[2].n, NULL))
CALL(link_by_id, bpf_link_get_fd_by_id(c->v[0].n))
CALL(link_by_pin, bpf_obj_get(c->v[0].text))
CALL(link_update, bpf_link_update(FD(c, 0), FD(c, 1), NULL))
CALL(link_detach, bpf_link_detach(FD(c, 0)))

static __s64 link_info(struct call *c)
{
	struct bpf_link_info i = {};
	__u32 len = sizeof(i);
	napi_value o;
	int err = bpf_obj_get_info_by_fd(FD(c, 0), &i, &len);

	if (err)
		return err;
	napi_create_object(c->env, &o);
	set_number(c->env, o, "id", i.id);
	set_number(c->env, o, "type", i.type);
	set_number(c->env, o, "programId", i.prog_id);
	if (i.type == BPF_LINK_TYPE_CGROUP) {
		set_bigint(c->env, o, "cgroupId", i.cgroup.cgroup_id);
		set_number(c->env, o, "attachType", i.cgroup.attach_type);
	} else if (i.type == BPF_LINK_TYPE_TRACING) {
		set_number(c->env, o, "attachType", i.tracing.attach_type);
	} else if (i.type == BPF_LINK_TYPE_NETNS) {
		set_number(c->env, o, "attachType", i.netns.attach_type);
	}
	c->result = o;
	return 0;
}

/* ---- classifiers ---- */

static __s64 tc_attach(struct call *c)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = c->v[1].n,
		    .attach_point = c->v[2].n ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = FD(c, 0), .handle = c->v[3].n,
		    .priority = c->v[4].n, .flags = c->v[5].n ? BPF_TC_F_REPLACE : 0);
	int created = bpf_tc_hook_create(&hook), err;

	if (created && created != -EEXIST)
		return created;
	err = bpf_tc_attach(&hook, &opts);
	if (err) {
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
		if (!created)
			bpf_tc_hook_destroy(&hook);
		return err;
	}
	napi_create_object(c->env, &c->result);
	set_number(c->env, c->result, "handle", opts.handle);
	set_number(c->env, c->result, "priority", opts.priority);
	set_bool(c->env, c->result, "createdHook", !created);
	return 0;
}

static __s64 tc_detach(struct call *c)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = c->v[0].n,
		    .attach_point = c->v[1].n ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = c->v[2].n, .priority = c->v[3].n);
	int err = bpf_tc_detach(&hook, &opts);

	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	if (c->v[4].n)
		bpf_tc_hook_destroy(&hook);
	return err;
}

const struct function program_functions[] = {
	{"programById", "n>p", program_by_id},
	{"programByPin", "t>p", program_by_pin},
	{"programInfo", "p>n", program_info},
	{"programAttach", "pnn>n", program_attach},
	{"programDetach", "pnn>n", program_detach},
	{"programTest", "pYYYYnn>n", program_test},
	{"linkCreate", "pnn>l", link_create},
	{"linkById", "n>l", link_by_id},
	{"linkByPin", "t>l", link_by_pin},
	{"linkUpdate", "lp>n", link_update},
	{"linkDetach", "l>n", link_detach},
	{"linkInfo", "l>n", link_info},
	{"tcAttach", "pnbnnb>n", tc_attach},
	{"tcDetach", "nbnnb>n", tc_detach},
	{},
};
