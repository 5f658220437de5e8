// SPDX-License-Identifier: Apache-2.0
/*
 * The load generator: one thread, epoll. Reads jobs from its standard input, one a line, and answers each with one
 * line of JSON; ends with its input.
 *
 *   http to=A.B.C.D:PORT host=NAME connections=N mode=keep|close|hangup bytes=N warm=MS ms=MS [max=MS min=N] [rate=N]
 *   bulk to=A.B.C.D:PORT connections=N dir=down|up warm=MS ms=MS
 *
 * Every response is compared with what the server must have sent: status, length, nonce and every byte.
 */
#include "http_load.h"
#include "bulk_load.h"
#include <sys/prctl.h>

static uint32_t next_nonce = 1;

static int take_word(struct job *job, const char *word)
{
	const char *value = strchr(word, '=');
	size_t n = value ? (size_t)(value - word) : 0;

	if (!value)
		return 0;
	value++;
#define IS(name) (n == sizeof(name) - 1 && !memcmp(word, name, n))
	if (IS("to"))
		snprintf(job->to, sizeof(job->to), "%s", value);
	else if (IS("host"))
		snprintf(job->host, sizeof(job->host), "%s", value);
	else if (IS("connections"))
		job->connections = (uint32_t)atoi(value);
	else if (IS("bytes"))
		job->bytes = (uint32_t)atoi(value);
	else if (IS("warm"))
		job->warm_ms = (uint32_t)atoi(value);
	else if (IS("ms"))
		job->ms = (uint32_t)atoi(value);
	else if (IS("max"))
		job->max_ms = (uint32_t)atoi(value);
	else if (IS("min"))
		job->min_requests = (uint32_t)atoi(value);
	else if (IS("rate"))
		job->rate = (uint32_t)atoi(value);
	else if (IS("dir"))
		job->up = !strcmp(value, "up");
	else if (IS("mode"))
		job->mode = !strcmp(value, "keep")    ? KEEP
			    : !strcmp(value, "close") ? CLOSE
						      : HANGUP;
	else
		return 0;
#undef IS
	return 1;
}

static void print(const struct report *r)
{
	char text[512];
	size_t n = 0;

	for (const char *p = r->failure; *p && n < sizeof(text) - 2; p++) {
		if (*p == '"' || *p == '\\')
			text[n++] = '\\';
		text[n++] = (unsigned char)*p < ' ' ? ' ' : *p;
	}
	text[n] = 0;
	printf("{\"requests\":%llu,\"allRequests\":%llu,\"connections\":%llu,\"bytes\":%llu,"
	       "\"windowNs\":%llu,"
	       "\"unserved\":%llu,\"lateUs\":%.1f,\"p50Us\":%.2f,\"p90Us\":%.2f,\"p99Us\":%.2f,"
	       "\"p999Us\":%.2f,"
	       "\"maxUs\":%.2f,\"meanUs\":%.2f,\"failed\":%d,\"failure\":\"%s\"}\n",
	       (unsigned long long)r->requests, (unsigned long long)r->all_requests,
	       (unsigned long long)r->all_connections, (unsigned long long)r->bytes,
	       (unsigned long long)r->window_ns, (unsigned long long)r->unserved,
	       (double)r->late_ns / 1000, hist_quantile_us(&r->latency, 0.5),
	       hist_quantile_us(&r->latency, 0.9), hist_quantile_us(&r->latency, 0.99),
	       hist_quantile_us(&r->latency, 0.999), (double)r->latency.max / 1000,
	       r->latency.n ? (double)r->latency.sum / (double)r->latency.n / 1000 : 0, r->failed,
	       text);
	fflush(stdout);
}

int main(void)
{
	static struct report report;
	char line[1024];

	make_pattern();
	signal(SIGPIPE, SIG_IGN);
	/* fixed rates: the default slack lets every timer fire 50 us late */
	prctl(PR_SET_TIMERSLACK, 1);
	while (fgets(line, sizeof(line), stdin)) {
		struct job job = {
			.connections = 1, .ms = 100, .host = "localhost", .nonce = next_nonce};
		char *save, *word = strtok_r(line, " \n", &save), *kind = word;

		memset(&report, 0, sizeof(report));
		while ((word = strtok_r(0, " \n", &save)))
			if (!take_word(&job, word))
				fail(&report, "unknown word %s", word);
		if (!kind || (strcmp(kind, "http") && strcmp(kind, "bulk")))
			fail(&report, "neither http nor bulk");
		if (job.connections < 1 || job.connections > 4096 || job.bytes > BODY_MAX)
			fail(&report, "1 to 4096 connections, at most %u bytes", BODY_MAX);
		if (!report.failed) {
			if (!strcmp(kind, "http"))
				run_http(&job, &report);
			else
				run_bulk(&job, &report);
		}
		next_nonce += (uint32_t)report.all_requests + job.connections + 1;
		print(&report);
	}
	return 0;
}
