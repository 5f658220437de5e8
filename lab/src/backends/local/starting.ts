import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { LabError } from '../errors.js';
import { launch, type Place } from './launch.js';
import type { LabNames } from './names.js';
import { identify } from './processes.js';
import type { RecordedProcess, StateRecorder } from './stateFile.js';

/** Milliseconds between two looks at processes that are starting. */
const LOOK_EVERY = 10;

/** Lines of output that an error shows. */
const LINES_SHOWN = 10;

export interface StartSpec {
  readonly kind: RecordedProcess['kind'];
  readonly name: string;
  readonly node?: string;
  readonly place: Place;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly directory?: string | undefined;
  /** Undefined: ready as soon as it runs. May throw to give up at once. */
  readonly ready?: ((started: Started) => boolean | Promise<boolean>) | undefined;
}

export interface Started extends RecordedProcess {
  readonly child: ChildProcess;
  readonly spec: StartSpec;
  /** File of what it prints. */
  readonly output: string;
}

/** Starts a process that outlives this one, and records it. What it prints goes to its log. */
export function start(spec: StartSpec, names: LabNames, recorder: StateRecorder): Started {
  const { log, output } = logFiles(spec, names);
  const file = openSync(output, 'a', 0o600);
  const child = launch(spec.place, spec.argv, {
    stdio: ['ignore', file, file],
    env: spec.env,
    detached: true,
    cwd: spec.directory ?? '/',
  });
  closeSync(file);
  // A failed spawn has no pid and is seen as one that ended at once.
  child.on('error', () => undefined);
  child.unref();
  const pid = child.pid ?? 0;
  const recorded: RecordedProcess = {
    name: spec.name,
    kind: spec.kind,
    node: spec.node,
    pid,
    startTime: identify(pid)?.startTime ?? '',
    log,
  };
  recorder.started(recorded);
  return { ...recorded, child, spec, output };
}

/** Waits until all are ready. Throws LabError `process-failed` as soon as one ends, `timeout`; AbortError. */
export async function untilReady(
  all: readonly Started[],
  options: {
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    readonly onReady: (started: Started) => void;
  },
): Promise<void> {
  const pending = new Set(all);
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    for (const started of pending) {
      options.signal.throwIfAborted();
      assertRuns(started);
      if ((await started.spec.ready?.(started)) === false) continue;
      pending.delete(started);
      options.onReady(started);
    }
    const [late] = pending;
    if (late === undefined) return;
    if (Date.now() > deadline) throw notReady(late, options.timeoutMs);
    await sleep(LOOK_EVERY, undefined, { signal: options.signal });
  }
}

/** The answer that agents and the control plane print as a line of JSON: `{"ready":true}`, or `{"error":…,"hint":…}`, which is thrown. */
export function saidReady(started: Started): boolean {
  for (const line of readLog(started.output).split('\n')) {
    const said = parseObject(line);
    if (typeof said?.['error'] === 'string') {
      const hint =
        typeof said['hint'] === 'string'
          ? said['hint']
          : 'Run `onehop doctor` to see what this machine lacks.';
      throw new LabError('process-failed', `${title(started)} cannot start: ${said['error']}`, hint, {
        log: lastLines(started.log),
      });
    }
    if (said?.['ready'] === true) return true;
  }
  return false;
}

/** `agent of node-1` */
export function title(process: Pick<RecordedProcess, 'kind' | 'name'>): string {
  switch (process.kind) {
    case 'agent':
      return `The agent of ${process.name}`;
    case 'control-plane':
      return 'The control plane';
    case 'workload':
      return `Workload ${process.name}`;
  }
}

/** Agents and the control plane write a log of their own; what they print is the answer that `up` waits for. */
function logFiles(spec: StartSpec, names: LabNames): { log: string; output: string } {
  const path = join(
    names.logDirectory,
    spec.kind === 'control-plane' ? 'control' : `${spec.kind}-${spec.name}`,
  );
  return { log: `${path}.log`, output: spec.kind === 'workload' ? `${path}.log` : `${path}.out` };
}

function assertRuns(started: Started): void {
  const { exitCode, signalCode, pid } = started.child;
  if (pid !== undefined && exitCode === null && signalCode === null) return;
  // An agent says why it ends.
  if (started.kind !== 'workload') saidReady(started);
  const how =
    pid === undefined
      ? 'could not be started'
      : signalCode !== null
        ? `was ended by ${signalCode}`
        : `ended with code ${exitCode}`;
  throw new LabError(
    'process-failed',
    `${title(started)} ${how} before it was ready.${lastOutput(started)}`,
    started.kind === 'workload'
      ? `It was started as: ${started.spec.argv.join(' ')}`
      : 'Build the checkout again (npm run build), and run `onehop doctor` to see what this machine lacks.',
    { log: lastLines(started.log) },
  );
}

function notReady(started: Started, timeoutMs: number): LabError {
  return new LabError(
    'timeout',
    `${title(started)} was not ready after ${timeoutMs / 1000} s.${lastOutput(started)}`,
    started.kind === 'workload'
      ? 'Its program must listen on the addresses and the port that the topology gives it.'
      : 'Try again with less load on the machine, or see what it says with a higher log level.',
    { log: lastLines(started.log) },
  );
}

function lastOutput(started: Started): string {
  const lines = lastLines(started.output);
  return lines === '' ? ' It printed nothing.' : ` It printed:\n  ${lines.replaceAll('\n', '\n  ')}`;
}

function lastLines(path: string): string {
  return readLog(path).trimEnd().split('\n').slice(-LINES_SHOWN).join('\n');
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
