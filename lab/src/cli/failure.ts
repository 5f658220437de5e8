/** Exit codes of every command. */
export const exitCode = { ok: 0, failed: 1, usage: 2 } as const;

/**
 * usage: the command line is wrong. no-lab, several-labs, not-found, invalid-configuration, rejected, request-failed,
 * not-well: what was asked for failed. internal: a defect. Or the `reason` of an error from below (LabError, AgentError …).
 */
export type FailureCode = string;

/** Why a command ends with an error: what happened and why (`message`), and what to do next (`hint`). */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: FailureCode,
    message: string,
    readonly hint: string,
    options?: ErrorOptions & { readonly details?: unknown; readonly reported?: boolean },
  ) {
    super(message, options);
    this.details = options?.details;
    this.reported = options?.reported ?? false;
  }

  /** More for --json: fields of the error object. */
  readonly details: unknown;

  /** The command has already printed what went wrong; only the exit code is left to say. */
  readonly reported: boolean;

  get exitCode(): number {
    return this.code === 'usage' ? exitCode.usage : exitCode.failed;
  }
}

/** Errors of the layers below have `reason` and `hint` (AgentError, LabError …); anything else is a defect of ours. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return new Failure('internal', String(error), reportIt, { cause: error });
  const { hint, reason } = error as { hint?: unknown; reason?: unknown };
  if (typeof hint === 'string' && typeof reason === 'string')
    return new Failure(reason, error.message, hint, { cause: error });
  return new Failure('internal', `Unexpected error: ${error.message}`, reportIt, { cause: error });
}

const reportIt = 'This is a defect of onehop. Set ONEHOP_DEBUG=1 to see where it comes from, and report it.';
