/* SPDX-License-Identifier: Apache-2.0 */
#include "addon.h"
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

CALL(enable_stats, bpf_enable_stats(BPF_STATS_RUN_TIME))
CALL(probe_program_type, libbpf_probe_bpf_prog_type(c->v[0].n, NULL))
CALL(probe_map_type, libbpf_probe_bpf_map_type(c->v[0].n, NULL))

/*
 * libbpf before 1.5 knows two of the verifier's three ways to refuse a helper
 * and takes the third, of newer kernels, for consent: so a yes is checked.
 */
static __s64 probe_helper(struct call *c)
{
	struct bpf_insn insns[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = c->v[1].n},
		{.code = BPF_JMP | BPF_EXIT},
	};
	char log[4096] = "";
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log, .log_size = sizeof(log),
		    .log_level = 1, .expected_attach_type = c->v[2].n);
	int fd, result = libbpf_probe_bpf_helper(c->v[0].n, c->v[1].n, NULL);

	if (result <= 0)
		return result;
	fd = bpf_prog_load(c->v[0].n, NULL, "GPL", insns, 2, &opts);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || !strstr(log, "program of this type cannot use helper");
}

static __s64 btf_by_id(struct call *c)
{
	struct bpf_btf_info i = {};
	__u32 len = sizeof(i);
	void *data = NULL;
	int err, fd = bpf_btf_get_fd_by_id(c->v[0].n);

	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &i, &len);
	if (!err) {
		data = malloc(i.btf_size);
		i = (struct bpf_btf_info){.btf = (unsigned long)data, .btf_size = i.btf_size};
		len = sizeof(i);
		err = data ? bpf_obj_get_info_by_fd(fd, &i, &len) : -ENOMEM;
	}
	if (!err)
		err = give_bytes(c, data, i.btf_size);
	free(data);
	close(fd);
	return err;
}

static __s64 next_id(struct call *c)
{
	int (*const next[])(__u32, __u32 *) = {bpf_prog_get_next_id, bpf_map_get_next_id,
					       bpf_btf_get_next_id, bpf_link_get_next_id};
	const char *kinds = "pmbl", *kind = strchr(kinds, c->v[0].text[0]);
	__u32 id = 0;
	int err = kind && *kind ? next[kind - kinds](c->v[1].n, &id) : -EINVAL;

	return err ? err : (__s64)id;
}

static __s64 socket_cookie(struct call *c)
{
	__u64 cookie;
	socklen_t len = sizeof(cookie);

	if (getsockopt(c->v[0].n, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		return -errno;
	napi_create_bigint_uint64(c->env, cookie, &c->result);
	return 0;
}

static __s64 socket_unacknowledged(struct call *c)
{
	int bytes = 0;

	return ioctl(c->v[0].n, SIOCOUTQ, &bytes) ? -errno : bytes;
}

/* A send of nothing fails with what an RST has left behind. */
static __s64 socket_write_error(struct call *c)
{
	return send(c->v[0].n, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? errno : 0;
}

static __s64 socket_unread(struct call *c)
{
	char byte;

	return recv(c->v[0].n, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static __s64 socket_bound_unsent(struct call *c)
{
	int bytes = (int)c->v[1].n;

	return setsockopt(c->v[0].n, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof(bytes)) ? -errno
											    : 0;
}

const struct function system_functions[] = {
	{"enableStats", ">s", enable_stats},
	{"probeProgramType", "n>n", probe_program_type},
	{"probeMapType", "n>n", probe_map_type},
	{"probeHelper", "nnn>n", probe_helper},
	{"btfById", "n>n", btf_by_id},
	{"nextId", "tn>n", next_id},
	{"socketCookie", "n>n", socket_cookie},
	{"socketUnacknowledged", "n>n", socket_unacknowledged},
	{"socketWriteError", "n>n", socket_write_error},
	{"socketUnread", "n>n", socket_unread},
	{"socketBoundUnsent", "nn>n", socket_bound_unsent},
	{},
};
