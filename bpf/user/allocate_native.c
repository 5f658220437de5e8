/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include "allocate.h"

void *oh_allocate(__u32 n)
{
	return calloc(1, n);
}
