/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A configuration with every kind of match, for the fuzzer. */
#ifndef ONEHOP_FUZZ_TABLES_H
#define ONEHOP_FUZZ_TABLES_H

#include "../lib/wire.h"

#define FUZZ_HTTP_PORT 80
#define FUZZ_TCP_PORT 81
#define FUZZ_ROUTES 12

extern const oh_ip fuzz_address;

/* Fills the tables of user/memory.h. */
void fuzz_fill_tables(void);

#endif
