import { wantsColor } from './print/style.js';

/** What a command may touch of the process: tests pass their own. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Characters a line; Infinity when it is not a terminal. */
  readonly columns: number;
  readonly color: boolean;
}

/** The real process. The first SIGINT or SIGTERM aborts `signal`; the second one ends the process as usual. */
export function processIo(): Io {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => abort.abort(name));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOnClosedPipe);
  return {
    stdout: output(process.stdout, process.env),
    stderr: output(process.stderr, process.env),
    env: process.env,
    cwd: process.cwd(),
    signal: abort.signal,
  };
}

function output(stream: NodeJS.WriteStream, env: Io['env']): Output {
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY === true,
    columns: stream.isTTY ? stream.columns : Infinity,
    color: wantsColor(stream.isTTY === true, env),
  };
}

/** `onehop events --follow | head -1`: the reader has seen enough. */
function endOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
