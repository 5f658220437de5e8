import type { ParityCase } from './case.js';
import { timing } from './timing.js';

export const allCases: readonly ParityCase[] = [...timing];
