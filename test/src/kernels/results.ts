/** What the guest says of itself: one JSON object a line on its second serial port. */

export interface KernelLine {
  readonly type: 'kernel';
  /** As uname says. */
  readonly release: string;
  /** Milliseconds from power-on to the first line of the tests. */
  readonly upMs: number;
}

/** What the agent's probe makes of the kernel. */
export interface ProbeLine {
  readonly type: 'probe';
  /** Nothing that is required is missing. */
  readonly runs: boolean;
  /** What the agent would say when it refuses; empty when it does not. */
  readonly refusal: string;
  /** Names of required features that are missing. */
  readonly missing: readonly string[];
}

export interface ProgramLine {
  readonly type: 'program';
  readonly name: string;
  /** Instructions that the verifier walked. */
  readonly instructions: number;
  /** Milliseconds that the kernel took to verify and compile it. */
  readonly loadMs: number;
  /** Why the kernel refused it; absent: it is loaded. */
  readonly error?: string;
}

export interface CheckLine {
  readonly type: 'check';
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  /** Why it failed. */
  readonly message?: string;
}

/** The guest has done everything that it meant to do. */
export interface EndLine {
  readonly type: 'end';
}

export type GuestLine = KernelLine | ProbeLine | ProgramLine | CheckLine | EndLine;

export interface GuestReport {
  readonly release: string;
  readonly upMs: number;
  readonly probe: ProbeLine | undefined;
  readonly programs: readonly ProgramLine[];
  readonly checks: readonly CheckLine[];
  /** False when the guest ended before its tests did. */
  readonly complete: boolean;
}

/** Lines that are not JSON are left out: a kernel may write to any port when it dies. */
export function parseReport(text: string): GuestReport {
  const lines = text.split('\n').flatMap(parseLine);
  const kernel = lines.find((line) => line.type === 'kernel');
  return {
    release: kernel?.release ?? '',
    upMs: kernel?.upMs ?? 0,
    probe: lines.find((line) => line.type === 'probe'),
    programs: lines.filter((line) => line.type === 'program'),
    checks: lines.filter((line) => line.type === 'check'),
    complete: lines.some((line) => line.type === 'end'),
  };
}

function parseLine(line: string): GuestLine[] {
  if (!line.startsWith('{')) return [];
  try {
    return [JSON.parse(line) as GuestLine];
  } catch {
    return [];
  }
}
