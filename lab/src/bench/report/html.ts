import type { Results } from '../results.js';
export function reportHtml(_r: Results): string { return ''; }
