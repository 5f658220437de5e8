/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The router as a program, for tests: the kernel's limits, sanitizers on. Reads
 * commands from standard input, one a line, bytes as hex, "-" for none:
 *
 *   set TABLE KEY VALUE     an entry, as into the kernel's map; array keys are 4 bytes
 *   delete TABLE KEY
 *   seed HIGH LOW           of the random numbers
 *   explain IP PORT HEAD    answered by a line: struct oh_answer with the steps that there are
 *
 * Anything that goes wrong ends it with a line on standard error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "router.h"

#define LINE_BYTES (1 << 18)
#define WORDS_MAX 4

static char line[LINE_BYTES];
static unsigned long number;

static void fail(const char *why)
{
	fprintf(stderr, "line %lu: %s\n", number, why);
	exit(1);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	fail("not a hexadecimal digit");
	return 0;
}

/* The bytes that text stands for, in to. Returns how many. */
static __u32 bytes(const char *text, __u8 *to, __u32 max)
{
	__u32 n = 0;

	if (!strcmp(text, "-"))
		return 0;
	for (; text[0] && text[1]; text += 2) {
		if (n == max)
			fail("too many bytes");
		to[n++] = digit(text[0]) << 4 | digit(text[1]);
	}
	if (text[0])
		fail("half a byte");
	return n;
}

/* Exactly n bytes, in memory of their own: the sanitizer sees who reads beyond them. */
static __u8 *exactly(const char *text, __u32 n)
{
	__u8 *to = malloc(n);

	if (!to || bytes(text, to, n) != n)
		fail("wrong number of bytes");
	return to;
}

static __u32 table(const char *name)
{
	__u32 i;

	for (i = 0; i < oh_table_count(); i++)
		if (!strcmp(oh_table_name(i), name))
			return i;
	fail("no such table");
	return 0;
}

static void change(char **word, int set)
{
	__u32 t = table(word[1]);
	__u32 size = oh_table_key_size(t);
	__u8 *key = exactly(word[2], size ? size : 4);
	__u8 *value = set ? exactly(word[3], oh_table_value_size(t)) : 0;

	if (set ? oh_table_set(t, key, value) : oh_table_delete(t, key))
		fail(set ? "the table is full" : "no such entry");
	free(key);
	free(value);
}

static void explain(char **word)
{
	const struct oh_answer *answer;
	const __u8 *p;
	__u32 n, i;

	if (bytes(word[1], oh_address()->b, 16) != 16)
		fail("an address has 16 bytes");
	n = bytes(word[3], oh_input(), oh_input_max());
	answer = oh_user_explain(n, strtoul(word[2], 0, 10));
	p = (const __u8 *)answer;
	n = answer->steps_n < OH_STEPS_MAX ? answer->steps_n : OH_STEPS_MAX;
	n = (const __u8 *)&answer->step[n] - p;
	for (i = 0; i < n; i++)
		printf("%02x", p[i]);
	putchar('\n');
	fflush(stdout);
}

static void seed(char **word)
{
	oh_seed(strtoul(word[1], 0, 10), strtoul(word[2], 0, 10));
}

static void set_entry(char **word)
{
	change(word, 1);
}

static void delete_entry(char **word)
{
	change(word, 0);
}

static const struct {
	const char *name;
	int words;
	void (*run)(char **word);
} commands[] = {
	{"set", 4, set_entry},
	{"delete", 3, delete_entry},
	{"seed", 3, seed},
	{"explain", 4, explain},
};

static void run(char *text)
{
	char *word[WORDS_MAX + 1] = {0};
	int n = 0;

	for (char *w = strtok(text, " \n"); w && n <= WORDS_MAX; w = strtok(0, " \n"))
		word[n++] = w;
	for (unsigned int i = 0; n && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (n != commands[i].words || strcmp(word[0], commands[i].name))
			continue;
		commands[i].run(word);
		return;
	}
	fail("no such command, or not its words");
}

int main(void)
{
	while (fgets(line, sizeof(line), stdin)) {
		number++;
		run(line);
	}
	return 0;
}
