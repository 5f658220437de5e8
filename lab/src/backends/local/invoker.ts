/**
 * A lab needs root, the person who starts it need not be: of `sudo onehop up` that person may use the lab, and nobody else. What
 * root later follows by name stays root's: directories may only be looked into, files and sockets (mode 0600) become theirs.
 */
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Invoker {
  readonly uid: number;
  readonly gid: number;
}

/** Who called sudo; undefined when root works as itself. */
export function invokerOf(env: NodeJS.ProcessEnv, uid = process.getuid?.()): Invoker | undefined {
  const [user, group] = [env['SUDO_UID'], env['SUDO_GID']].map((text) =>
    /^[1-9]\d*$/.test(text ?? '') ? Number(text) : undefined,
  );
  return uid === 0 && user !== undefined && group !== undefined ? { uid: user, gid: group } : undefined;
}

/** Lets the invoker list a directory, and change nothing in it. */
export function showDirectory(path: string, to = invokerOf(process.env)): void {
  if (to === undefined) return;
  chownSync(path, 0, to.gid);
  chmodSync(path, 0o750);
}

/** Makes a file or socket the invoker's. */
export function handOver(path: string, to = invokerOf(process.env)): void {
  if (to !== undefined) chownSync(path, to.uid, to.gid);
}

export function handOverAllIn(directory: string, to = invokerOf(process.env)): void {
  for (const name of readdirSync(directory)) handOver(join(directory, name), to);
}
