import { Option } from 'commander';
import type { ProgressListener } from '../backends/backend.js';
import type { Session } from './command.js';

/** `--progress`, for programs that show what `up` and `down` are doing. */
export function progressOption(): Option {
  return new Option('--progress', 'each step as a line of JSON on standard error, for programs');
}

/** A line a step: `{"progress":{"step":"agents","detail":"node-1","done":false}}` */
export function progressLines(session: Session): ProgressListener {
  return (progress) => session.io.stderr.write(`${JSON.stringify({ progress })}\n`);
}
