import { constants } from 'node:os';

export type BpfErrorReason =
  /** The kernel or libbpf refused: see `code`. */
  | 'kernel'
  /** The verifier refused a program: see `VerifierError`. */
  | 'verifier'
  /** The handle was closed before; nothing was done. */
  | 'closed'
  /** The call makes no sense: unknown name, wrong size, wrong kind of map. Nothing was done. */
  | 'usage'
  /** The map changed too fast to be read to its end. */
  | 'aborted';

export interface BpfErrorDetails {
  readonly reason: BpfErrorReason;
  /** What was tried, on what: `update map oh_addr`. */
  readonly operation: string;
  /** Positive errno; 0 when there is none. */
  readonly errno?: number;
  readonly message?: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** What libbpf printed. */
  readonly log?: string;
}

/** Every failure of this package, except for wrong argument types (`TypeError`). */
export class BpfError extends Error {
  override readonly name: string = 'BpfError';
  readonly reason: BpfErrorReason;
  readonly operation: string;
  /** Positive errno, libbpf's own numbers (4000 and up), or 0. */
  readonly errno: number;
  /** `ENOENT`, `LIBBPF_FORMAT`, …; empty without an errno. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly #log: string;

  constructor(details: BpfErrorDetails) {
    const errno = details.errno ?? 0;
    const code = errno === 0 ? '' : errnoName(errno);
    super(describe(details, code));
    this.reason = details.reason;
    this.operation = details.operation;
    this.errno = errno;
    this.code = code;
    this.hint = details.hint;
    this.#log = details.log ?? '';
  }

  /** What libbpf printed during the operation; often empty, at times megabytes (so it is not enumerable). */
  get log(): string {
    return this.#log;
  }
}

/** The verifier refused a program. */
export class VerifierError extends BpfError {
  override readonly name: string = 'VerifierError';
  /** Name of the program (its C function). */
  readonly program: string;
  /** The line of the log that says what is wrong. */
  readonly lastLine: string;

  constructor(details: {
    readonly operation: string;
    readonly errno: number;
    readonly program: string;
    readonly lastLine: string;
    /** The verifier's log, whole. */
    readonly log: string;
  }) {
    super({
      ...details,
      reason: 'verifier',
      message: `program ${details.program}: ${details.lastLine}`,
      hint: 'the whole log of the verifier is in .log',
    });
    this.program = details.program;
    this.lastLine = details.lastLine;
  }
}

/** `ENOENT` for 2; `LIBBPF_…` for libbpf's own; `E<n>` for numbers that nobody names. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E${errno}`;
}

const names = new Map<number, string>([
  // Kernel-internal, yet bpf(2) returns it (include/linux/errno.h).
  [524, 'ENOTSUPP'],
  // enum libbpf_errno in libbpf.h.
  ...['LIBELF', 'FORMAT', 'KVERSION', 'ENDIAN', 'INTERNAL', 'RELOC', 'LOAD'].map(libbpfName(4000)),
  ...['VERIFY', 'PROG2BIG', 'KVER', 'PROGTYPE', 'WRNGPID', 'INVSEQ', 'NLPARSE'].map(libbpfName(4007)),
  ...Object.entries(constants.errno).map(([name, errno]): [number, string] => [errno, name]),
]);
// Two names for one number on Linux: say the one that people know.
names.set(constants.errno.EAGAIN, 'EAGAIN');
names.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');

function libbpfName(first: number): (name: string, index: number) => [number, string] {
  return (name, index) => [first + index, `LIBBPF_${name}`];
}

function describe(details: BpfErrorDetails, code: string): string {
  const cause = [code, details.message].filter((part) => part !== undefined && part !== '').join(': ');
  const text = cause === '' ? details.operation : `cannot ${details.operation}: ${cause}`;
  return details.hint === undefined ? text : `${text} (${details.hint})`;
}
