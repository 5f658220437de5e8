/** Processes that start inside their cgroup, and say when they are ready. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IP } from './place.js';

export interface ChildOptions {
  /** File name of its main module, beside this one. */
  readonly module: string;
  readonly args: readonly string[];
  readonly cgroup: string;
  /** Network namespace; default: this one. */
  readonly namespace?: string;
}

/** Starts a process of node and resolves when it has sent its first message. */
export function startChild({ module, args, cgroup, namespace }: ChildOptions): Promise<ChildProcess> {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const enter = namespace === undefined ? [] : [IP, 'netns', 'exec', namespace];
  const script = 'echo $$ >"$0/cgroup.procs" && exec "$@"';
  const child = spawn('sh', ['-c', script, cgroup, ...enter, process.execPath, path, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`${module} ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
}

/** Ends a process and waits until it is gone. */
export function endChild(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
