export type LabErrorReason =
  | 'already-running'
  | 'busy'
  | 'cancelled'
  | 'invalid'
  | 'no-lab'
  | 'no-workload'
  | 'process-failed'
  | 'timeout'
  | 'unsafe-cgroup'
  | 'unsupported'
  | 'system';

/** Something a lab could not do: `reason` to act on, `message` what and where, `hint` what to do next. */
export class LabError extends Error {
  override readonly name = 'LabError';

  constructor(
    readonly reason: LabErrorReason,
    message: string,
    readonly hint: string,
    options?: ErrorOptions & { readonly log?: string },
  ) {
    super(message, options);
    this.log = options?.log ?? '';
  }

  /** The last lines of the log of the process that failed, for its files are gone with the lab; may be empty. */
  readonly log: string;

  static is(error: unknown, reason?: LabErrorReason): error is LabError {
    return error instanceof LabError && (reason === undefined || error.reason === reason);
  }
}
