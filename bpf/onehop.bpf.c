/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The datapath, one object: the programs share their maps.
 *
 *   connect.h   connect(), getpeername(): who meant to go where
 *   sockops.h   connections come and go
 *   request.h   requests: route, take a warm upstream, redirect
 *   response.h  responses: redirect, hand over
 *   explain.h   "where would this request go?", asked from user space
 */
#include "lib/base.h"
#include "lib/maps.h"

const volatile __u32 oh_anchor_port = 15001; /* the agent's listener on each workload address */
const volatile __u32 oh_budget = OH_BUDGET;

/* A record of a ring is in no map's type: named here so that BTF, and so user space, knows it. */
const volatile struct oh_ctl *const volatile oh_ctl_shape;

#include "lib/connect.h"
#include "lib/sockops.h"
#include "lib/request.h"
#include "lib/response.h"
#include "lib/explain.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
