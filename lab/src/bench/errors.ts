export type BenchReason =
  'usage' | 'no-compiler' | 'no-envoy' | 'wrong-response' | 'generator' | 'not-built' | 'cancelled';

/** What stops the benchmark, for people. */
export class BenchError extends Error {
  override readonly name = 'BenchError';

  constructor(
    readonly reason: BenchReason,
    message: string,
    /** What to do next. */
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  static is(error: unknown): error is BenchError {
    return error instanceof BenchError;
  }
}
