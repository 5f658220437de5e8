import type { ParityCase } from './case.js';
import { filters } from './filters.js';
import { timing } from './timing.js';

export const allCases: readonly ParityCase[] = [...timing, ...filters];
