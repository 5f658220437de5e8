import type { RequestSpec } from './requestSpec.js';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { LabBackend } from '../backends/backend.js';
import type { TrafficLine } from './lines.js';
import { bodyBytes, toArguments } from './options.js';

const RUNNER = fileURLToPath(new URL('./main.js', import.meta.url));

/** A running request runner. Iterate `lines` once, to the end. */
export interface RequestRun {
  readonly lines: AsyncIterable<TrafficLine>;
  /** Lets a gated run send its first request. */
  go(): void;
  /** How the runner ended (0 all answered, 1 something failed, 2 wrong arguments) and what it wrote to stderr. */
  readonly exited: Promise<{ readonly code: number | null; readonly stderr: string }>;
  kill(): void;
}

/** Starts the request runner in a workload. Throws LabError `no-lab`, `no-workload`. */
export async function sendRequests(
  backend: LabBackend,
  lab: string,
  workload: string,
  spec: RequestSpec,
  signal?: AbortSignal,
): Promise<RequestRun> {
  const body = bodyBytes(spec.body);
  const reads = body !== undefined || spec.gate === true;
  const child = await backend.runIn(lab, workload, [process.execPath, RUNNER, ...toArguments(spec)], {
    stdin: reads ? 'pipe' : 'ignore',
    ...(signal && { signal }),
  });
  // A runner that ended already reads nothing; its exit says why.
  child.stdin?.on('error', () => undefined);
  if (body !== undefined) child.stdin?.write(body);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    lines: linesOf(child.stdout),
    go: () => child.stdin?.end('go\n'),
    exited: child.exited.then(({ code }) => ({ code, stderr })),
    kill: () => child.kill('SIGKILL'),
  };
}

async function* linesOf(stream: Readable | undefined): AsyncGenerator<TrafficLine> {
  if (stream === undefined) return;
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    yield JSON.parse(line) as TrafficLine;
  }
}
