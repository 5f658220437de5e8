import { octets, type Step } from './step.js';
import type { End, Recording } from './recording.js';

/** One end of a conversation, as a script sees it. */
export interface Line {
  readonly recording: Recording;
  readonly end: End;
  /** Resolves when something came, or ended. */
  changed(): Promise<void>;
  /** Resolves when the kernel has the bytes, or will never take them. */
  send(bytes: Buffer): Promise<void>;
  finish(): void;
  reset(): void;
  close(): void;
  /** close(), and forgets what came and was not taken. */
  abandon(): void;
  hold(): void;
  resume(): void;
}

/** Where a script stopped. */
export interface Stuck {
  readonly step: number;
  readonly why: string;
}

/** Plays a script; undefined: to its end. `signal` ends the waiting. */
export async function play(
  line: Line,
  steps: readonly Step[],
  patienceMs: number,
  signal?: AbortSignal,
): Promise<Stuck | undefined> {
  for (const [index, step] of steps.entries()) {
    const why = await playStep(line, step, patienceMs, signal);
    if (why !== '') return { step: index, why };
  }
  return undefined;
}

/** Empty: done. */
async function playStep(
  line: Line,
  step: Step,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  switch (step.do) {
    case 'send':
      return sendPieces(line, step.pieces.map(octets), step.gap, patienceMs, signal);
    case 'pause':
      await sleep(step.ms);
      return '';
    case 'read':
      return wait(line, () => line.recording.take(step.count), `${step.count} bytes`, patienceMs, signal);
    case 'until':
      return wait(
        line,
        () => line.recording.takeUntil(step.text),
        JSON.stringify(step.text),
        patienceMs,
        signal,
      );
    case 'ending':
      return wait(line, () => line.end !== 'open', 'the end', patienceMs, signal);
    default:
      line[step.do]();
      return '';
  }
}

async function sendPieces(
  line: Line,
  pieces: readonly Buffer[],
  gap: number,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await sleep(gap);
    let sent = false;
    const sending = line.send(piece).then(() => {
      sent = true;
    });
    const giveUp = late(patienceMs, signal);
    await Promise.race([sending, giveUp]);
    giveUp.cancel();
    if (!sent) return `nobody takes piece ${index} of ${piece.length} bytes`;
  }
  return '';
}

async function wait(
  line: Line,
  holds: () => boolean,
  what: string,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const giveUp = late(patienceMs, signal);
  let over = false;
  void giveUp.then(() => {
    over = true;
  });
  while (!holds()) {
    if (over || signal?.aborted === true) return `no ${what} after ${line.recording.length} bytes`;
    if (line.end === 'rst' || line.end === 'refused') return `${line.end} instead of ${what}`;
    await Promise.race([line.changed(), giveUp]);
  }
  giveUp.cancel();
  return '';
}

interface Late extends Promise<void> {
  cancel(): void;
}

/** Resolves after `ms`, or when `signal` aborts. */
function late(ms: number, signal: AbortSignal | undefined): Late {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    end = done;
  });
  return Object.assign(promise, { cancel: end });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });
}
