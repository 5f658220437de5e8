// SPDX-License-Identifier: Apache-2.0
/*
 * Counts the run time of BPF programs as long as its standard input is open. Unlike the sysctl
 * kernel.bpf_stats_enabled, BPF_ENABLE_STATS ends with the process.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	union bpf_attr attr;
	char c;

	memset(&attr, 0, sizeof(attr));
	attr.enable_stats.type = BPF_STATS_RUN_TIME;
	if (syscall(SYS_bpf, BPF_ENABLE_STATS, &attr, sizeof(attr.enable_stats)) < 0) {
		perror("BPF_ENABLE_STATS");
		return 1;
	}
	puts("on");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
