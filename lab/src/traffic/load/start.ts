import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LabBackend } from '../../backends/backend.js';
import type { LoadLine } from './lines.js';
import type { ProfileName } from './profiles.js';

const RUNNER = fileURLToPath(new URL('./main.js', import.meta.url));

export interface LoadSpec {
  readonly profile: ProfileName;
  /** Requests a second. */
  readonly rate: number;
  /** 0: until it is stopped. */
  readonly seconds: number;
  /** `http://NAME:PORT/PATH` */
  readonly url: string;
}

/** A load that runs in a workload. Iterate `lines` once, to the end. */
export interface LoadRun {
  readonly lines: AsyncIterable<LoadLine>;
  readonly exited: Promise<{ readonly code: number | null; readonly stderr: string }>;
  stop(): void;
}

/** Throws LabError `no-lab`, `no-workload`. */
export async function startLoad(
  backend: LabBackend,
  lab: string,
  workload: string,
  { profile, rate, seconds, url }: LoadSpec,
): Promise<LoadRun> {
  const argv = [process.execPath, RUNNER, profile, String(rate), String(seconds), url];
  // Its standard input is its life line: it ends with this process, however that ends.
  const child = await backend.runIn(lab, workload, argv, { stdin: 'pipe' });
  child.stdin?.on('error', () => undefined);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    lines: linesOf(child.stdout),
    exited: child.exited.then(({ code }) => ({ code, stderr })),
    stop: () => void child.stdin?.end(),
  };
}

async function* linesOf(stream: NodeJS.ReadableStream | undefined): AsyncGenerator<LoadLine> {
  if (stream === undefined) return;
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity }))
    yield JSON.parse(line) as LoadLine;
}
