/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ring buffers on the event loop: one epoll fd over those of libbpf's rings,
 * watched by uv_poll; a wake-up drains them into one buffer and makes one call.
 */
#include "addon.h"
#include <sys/epoll.h>
#include <uv.h>

/* Of one map in one go: programs on other CPUs may write faster than we read. */
#define DRAIN_MAX (256u << 10)

struct source {
	struct source *next;
	struct ring *ring;
	struct ring_buffer *rb;
	int map_fd;
	__u32 index;
};

struct ring {
	napi_env env;
	napi_ref callback;
	napi_async_context context;
	napi_async_cleanup_hook_handle hook;
	struct handle *handle;
	uv_poll_t *poll; /* uv_handle_size() bytes: libuv's structs grow */
	int epoll_fd;
	struct source *sources;
	char *batch;
	size_t len;
	size_t cap;
	size_t stop; /* drain until len is here */
};

/* A record in the batch: u32 index, u32 length, data, padding to 8 (src/ringBuffer.ts). */
static int on_sample(void *data, void *record, size_t size)
{
	struct source *s = data;
	struct ring *r = s->ring;
	size_t need = r->len + 8 + (size + 7) / 8 * 8;
	__u32 head[2] = {s->index, size};
	char *batch;

	if (need > r->cap) {
		batch = realloc(r->batch, need * 2);
		if (!batch)
			return -ENOMEM;
		r->batch = batch;
		r->cap = need * 2;
	}
	memcpy(r->batch + r->len, head, 8);
	memcpy(r->batch + r->len + 8, record, size);
	memset(r->batch + r->len + 8 + size, 0, need - r->len - 8 - size);
	r->len = need;
	/* A negative answer ends the drain; this record counts as read. */
	return r->len >= r->stop ? -ECANCELED : 0;
}

static napi_value drain(struct ring *r)
{
	napi_value buffer;
	void *to;
	int err;

	r->len = 0;
	for (struct source *s = r->sources; s; s = s->next) {
		r->stop = r->len + DRAIN_MAX;
		err = ring_buffer__consume(s->rb);
		if (err < 0 && err != -ECANCELED && !r->len)
			return new_number(r->env, err);
	}
	if (napi_create_arraybuffer(r->env, r->len, &to, &buffer) != napi_ok)
		return new_number(r->env, -ENOMEM);
	if (r->len)
		memcpy(to, r->batch, r->len);
	return buffer;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct ring *r = uv_handle_get_data((uv_handle_t *)poll);
	napi_value callback, receiver, batch, error;
	napi_env env = r->env;
	napi_handle_scope scope;
	bool thrown = false;

	(void)events;
	napi_open_handle_scope(env, &scope);
	batch = status < 0 ? new_number(env, status) : drain(r);
	if (status < 0)
		uv_poll_stop(poll);
	if (status < 0 || r->len) {
		napi_get_reference_value(env, r->callback, &callback);
		napi_get_global(env, &receiver);
		/* The callback may close the ring: r is not touched after it. */
		napi_make_callback(env, r->context, receiver, callback, 1, &batch, NULL);
		napi_is_exception_pending(env, &thrown);
		if (thrown && napi_get_and_clear_last_exception(env, &error) == napi_ok)
			napi_fatal_exception(env, error);
	}
	napi_close_handle_scope(env, scope);
}

static void on_closed(uv_handle_t *poll)
{
	struct ring *r = uv_handle_get_data(poll);

	napi_remove_async_cleanup_hook(r->hook);
	free(r->batch);
	free(r);
	free(poll);
}

static void stop(struct ring *r)
{
	struct source *s;

	r->handle->ring = NULL;
	uv_poll_stop(r->poll);
	while ((s = r->sources)) {
		r->sources = s->next;
		ring_buffer__free(s->rb);
		close(s->map_fd);
		free(s);
	}
	close(r->epoll_fd);
	napi_delete_reference(r->env, r->callback);
	napi_async_destroy(r->env, r->context);
	uv_close((uv_handle_t *)r->poll, on_closed);
}

/* The environment ends (process.exit, end of a worker) while the ring is open. */
static void on_teardown(napi_async_cleanup_hook_handle hook, void *data)
{
	struct ring *r = data;

	(void)hook;
	if (!uv_is_closing((uv_handle_t *)r->poll))
		stop(r);
}

static __s64 ring_new(struct call *c)
{
	struct ring *r = calloc(1, sizeof(*r));
	struct handle h = {.kind = 'r', .fd = -1, .ring = r};
	napi_value name;
	uv_loop_t *loop;

	if (!r)
		return -ENOMEM;
	r->env = c->env;
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	r->poll = calloc(1, uv_handle_size(UV_POLL));
	if (r->epoll_fd < 0 || !r->poll || napi_get_uv_event_loop(c->env, &loop) != napi_ok ||
	    uv_poll_init(loop, r->poll, r->epoll_fd)) {
		if (r->epoll_fd >= 0)
			close(r->epoll_fd);
		free(r->poll);
		free(r);
		return -EMFILE;
	}
	uv_handle_set_data((uv_handle_t *)r->poll, r);
	napi_create_string_utf8(c->env, "libbpf-ts:ring", NAPI_AUTO_LENGTH, &name);
	napi_async_init(c->env, NULL, name, &r->context);
	napi_create_reference(c->env, c->v[0].js, 1, &r->callback);
	napi_add_async_cleanup_hook(c->env, on_teardown, r, &r->hook);
	give_handle(c, &h);
	napi_get_value_external(c->env, c->result, (void **)&r->handle);
	return uv_poll_start(r->poll, UV_READABLE, on_readable);
}

static __s64 ring_add(struct call *c)
{
	struct ring *r = c->v[0].h->ring;
	struct source *s = calloc(1, sizeof(*s)), **last;
	struct epoll_event event = {.events = EPOLLIN};
	int err;

	if (!s)
		return -ENOMEM;
	s->ring = r;
	s->index = c->v[2].n;
	/* epoll forgets a file when its last descriptor is closed: keep one. */
	s->map_fd = fcntl(FD(c, 1), F_DUPFD_CLOEXEC, 3);
	if (s->map_fd >= 0)
		s->rb = ring_buffer__new(s->map_fd, on_sample, s, NULL);
	if (s->rb && !epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, ring_buffer__epoll_fd(s->rb), &event)) {
		for (last = &r->sources; *last; last = &(*last)->next)
			;
		*last = s;
		return 0;
	}
	err = -errno;
	ring_buffer__free(s->rb);
	if (s->map_fd >= 0)
		close(s->map_fd);
	free(s);
	return err;
}

static __s64 ring_drain(struct call *c)
{
	c->result = drain(c->v[0].h->ring);
	return 0;
}

static __s64 ring_ref(struct call *c)
{
	if (c->v[1].n)
		uv_ref((uv_handle_t *)c->v[0].h->ring->poll);
	else
		uv_unref((uv_handle_t *)c->v[0].h->ring->poll);
	return 0;
}

static __s64 ring_close(struct call *c)
{
	stop(c->v[0].h->ring);
	return 0;
}

const struct function ring_functions[] = {
	{"ringNew", "j>n", ring_new},	  {"ringAdd", "rmn>n", ring_add},
	{"ringDrain", "r>n", ring_drain}, {"ringRef", "rb>n", ring_ref},
	{"ringClose", "r>n", ring_close}, {},
};
