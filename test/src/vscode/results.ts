/**
 * What tests in the extension host found. They write it to a file: process.exit() is blocked there, a killed host and an
 * unhandled rejection both end with 0.
 */
export interface HostResult {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'pending';
  readonly error?: string;
  readonly ms?: number;
}

export interface HostResults {
  readonly results: readonly HostResult[];
  /** What was measured, in words. */
  readonly figures: readonly string[];
}
