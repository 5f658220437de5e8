/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's own addon: pumps (pump.c) on Node's event loop. src/relay/bodyPumps.ts declares it for TypeScript. */
#define NAPI_VERSION 8
#include "pump.h"
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

struct loop {
	struct pumps pumps; /* first: callbacks get its address */
	napi_env env;
	napi_ref callback;
	napi_async_context context;
	napi_async_cleanup_hook_handle hook;
	uv_poll_t *poll; /* uv_handle_size() bytes: libuv's structs grow */
};

static napi_value number(napi_env env, double n)
{
	napi_value value;

	napi_create_double(env, n, &value);
	return value;
}

static void on_ended(struct pumps *pumps, const struct pump_end *end)
{
	struct loop *l = (struct loop *)pumps;
	napi_value callback, receiver, error;
	napi_value args[] = {
		number(l->env, end->slot),
		number(l->env, (double)end->moved),
		number(l->env, end->from_ended ? (end->from_error ? end->from_error : -1) : 0),
		number(l->env, end->to_error),
	};
	bool thrown = false;

	napi_get_reference_value(l->env, l->callback, &callback);
	napi_get_global(l->env, &receiver);
	napi_make_callback(l->env, l->context, receiver, callback, 4, args, NULL);
	napi_is_exception_pending(l->env, &thrown);
	if (thrown && napi_get_and_clear_last_exception(l->env, &error) == napi_ok)
		napi_fatal_exception(l->env, error);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct loop *l = uv_handle_get_data((uv_handle_t *)poll);
	napi_handle_scope scope;

	(void)status;
	(void)events;
	napi_open_handle_scope(l->env, &scope);
	pump_turn(&l->pumps, on_ended);
	napi_close_handle_scope(l->env, scope);
}

static void on_closed(uv_handle_t *poll)
{
	struct loop *l = uv_handle_get_data(poll);

	napi_remove_async_cleanup_hook(l->hook);
	free(l->pumps.table);
	free(l);
	free(poll);
}

/* The environment ends. */
static void on_teardown(napi_async_cleanup_hook_handle hook, void *data)
{
	struct loop *l = data;

	(void)hook;
	for (int slot = 0; slot < l->pumps.table_n; slot++)
		pump_stop(&l->pumps, slot);
	uv_poll_stop(l->poll);
	close(l->pumps.epoll_fd);
	napi_delete_reference(l->env, l->callback);
	napi_async_destroy(l->env, l->context);
	uv_close((uv_handle_t *)l->poll, on_closed);
}

/* (callback) => loop, or -errno */
static napi_value loop_new(napi_env env, napi_callback_info info)
{
	struct loop *l = calloc(1, sizeof(*l));
	napi_value callback, name, result;
	size_t n = 1;
	uv_loop_t *loop;

	if (!l)
		return number(env, -ENOMEM);
	napi_get_cb_info(env, info, &n, &callback, NULL, NULL);
	l->env = env;
	l->pumps.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->poll = calloc(1, uv_handle_size(UV_POLL));
	if (l->pumps.epoll_fd < 0 || !l->poll || napi_get_uv_event_loop(env, &loop) != napi_ok ||
	    uv_poll_init(loop, l->poll, l->pumps.epoll_fd)) {
		if (l->pumps.epoll_fd >= 0)
			close(l->pumps.epoll_fd);
		free(l->poll);
		free(l);
		return number(env, -EMFILE);
	}
	uv_handle_set_data((uv_handle_t *)l->poll, l);
	napi_create_string_utf8(env, "onehop:pumps", NAPI_AUTO_LENGTH, &name);
	napi_async_init(env, NULL, name, &l->context);
	napi_create_reference(env, callback, 1, &l->callback);
	napi_add_async_cleanup_hook(env, on_teardown, l, &l->hook);
	uv_poll_start(l->poll, UV_READABLE, on_readable);
	/* the sockets keep the process alive */
	uv_unref((uv_handle_t *)l->poll);
	napi_create_external(env, l, NULL, NULL, &result);
	return result;
}

/* (loop, from, to, bytes, copy) => slot, or -errno */
static napi_value start(napi_env env, napi_callback_info info)
{
	napi_value args[5];
	size_t n = 5;
	void *l;
	int32_t from, to;
	double bytes;
	bool copy;

	napi_get_cb_info(env, info, &n, args, NULL, NULL);
	if (n < 5 || napi_get_value_external(env, args[0], &l) != napi_ok ||
	    napi_get_value_int32(env, args[1], &from) != napi_ok ||
	    napi_get_value_int32(env, args[2], &to) != napi_ok ||
	    napi_get_value_double(env, args[3], &bytes) != napi_ok || bytes < 1 ||
	    napi_get_value_bool(env, args[4], &copy) != napi_ok)
		return number(env, -EINVAL);
	return number(env, pump_start(&((struct loop *)l)->pumps, from, to,
				      (unsigned long long)bytes, copy));
}

/* (loop, slot) => bytes moved */
static napi_value stop(napi_env env, napi_callback_info info)
{
	napi_value args[2];
	size_t n = 2;
	void *l;
	int32_t slot;

	napi_get_cb_info(env, info, &n, args, NULL, NULL);
	if (n == 2 && napi_get_value_external(env, args[0], &l) == napi_ok &&
	    napi_get_value_int32(env, args[1], &slot) == napi_ok)
		return number(env, (double)pump_stop(&((struct loop *)l)->pumps, slot));
	return number(env, -EINVAL);
}

NAPI_MODULE_INIT()
{
	const struct {
		const char *name;
		napi_callback call;
	} functions[] = {{"newLoop", loop_new}, {"start", start}, {"stop", stop}};

	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		napi_value function;

		napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call,
				     NULL, &function);
		napi_set_named_property(env, exports, functions[i].name, function);
	}
	return exports;
}
