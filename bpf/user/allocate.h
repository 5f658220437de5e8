/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Memory that is never given back: tables grow to what the largest configuration needed. */
#ifndef ONEHOP_ALLOCATE_H
#define ONEHOP_ALLOCATE_H

#include "../lib/base.h"

/* n zeroed bytes, aligned to 8; NULL when there are none. */
void *oh_allocate(__u32 n);

#endif
