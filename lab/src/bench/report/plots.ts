import type { Results } from '../results.js';
export function readmePlots(_r: Results): [string, string][] { return []; }
