/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The router's view of the configuration: kernel maps, or the same tables in plain memory. */
#ifndef ONEHOP_TABLES_H
#define ONEHOP_TABLES_H

#ifdef __bpf__
#include "maps.h"
#else
#include "../user/memory.h"
#endif

#endif
