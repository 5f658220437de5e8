/** What must work on every supported kernel, seen by a client: its own sockets, and the kernel's counters. */
import type { Check } from './check.js';
import { ENDINGS } from './endings.js';
import { OBSERVING } from './observing.js';
import { RESPONSES } from './responses.js';
import { ROUTING } from './routing.js';

/** Before and after the others. */
export const STARTING_CHECK = 'the datapath is loaded, attached and configured';
export const ENDING_CHECK = 'nothing stays in the kernel when the agent is killed';

export const CHECKS: readonly Check[] = [...ROUTING, ...RESPONSES, ...OBSERVING, ...ENDINGS];
