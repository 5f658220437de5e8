/* SPDX-License-Identifier: Apache-2.0 */
/* What libbpf prints, kept for the error that explains it. */
#include "addon.h"
#include <stdio.h>

#define LOG_MAX (64u << 20)

static __thread char *text;
static __thread size_t len, cap;
static __thread bool debug;

void log_debug(bool on)
{
	debug = on;
}

void log_reset(void)
{
	len = 0;
}

const char *log_take(size_t *size)
{
	*size = len;
	len = 0;
	return text ? text : "";
}

int log_print(enum libbpf_print_level level, const char *format, va_list args)
{
	va_list again;
	char *larger;
	int more;

	if (level == LIBBPF_DEBUG && !debug)
		return 0;
	va_copy(again, args);
	more = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (more <= 0 || len + more >= LOG_MAX)
		return 0;
	if (len + more + 1 > cap) {
		larger = realloc(text, (len + more + 1) * 2);
		if (!larger)
			return 0;
		text = larger;
		cap = (len + more + 1) * 2;
	}
	vsnprintf(text + len, cap - len, format, args);
	len += more;
	return more;
}
