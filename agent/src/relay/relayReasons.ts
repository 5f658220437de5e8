/** Reasons (enum oh_reason) that the relay itself gives. */
import { reasonId } from '@onehop/core/wire/reasons.js';

export const clientGone = reasonId('client-gone');
export const headBad = reasonId('head-bad');
export const pipelined = reasonId('pipelined');
export const routeTimeout = reasonId('route-timeout');
export const stalePool = reasonId('stale-pool');
export const upstreamGone = reasonId('upstream-gone');
