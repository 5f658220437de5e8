import type { ParityCase } from './case.js';
import { filters } from './filters.js';
import { hostCases } from './hosts.js';
import { timing } from './timing.js';

export const allCases: readonly ParityCase[] = [...hostCases, ...timing, ...filters];
