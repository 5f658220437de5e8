import type { Shape } from '../shape.js';
import { endings } from './endings.js';
import { overlaps } from './overlaps.js';
import { plainBytes } from './bytes.js';
import { protocols } from './protocols.js';
import { refusedRequests } from './refused.js';
import { requests } from './requests.js';
import { responses } from './responses.js';
import { sequences } from './sequences.js';
import { unlike } from './unlike.js';

/** By what they are about. */
export const groups: Readonly<Record<string, readonly Shape[]>> = {
  requests,
  responses,
  'several requests, one after the other': sequences,
  'pipelining, Expect, early answers': overlaps,
  'ends of connections': endings,
  'other protocols': protocols,
  'no HTTP': plainBytes,
  'different by design: connections of client and server are not tied': unlike,
  'different by design: what is refused': refusedRequests,
};

export const shapes: readonly Shape[] = Object.values(groups).flat();
