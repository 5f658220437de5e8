import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../errors.js';
import { RUN_DIRECTORY } from './names.js';
import { identify, isAlive, type ProcessId } from './processes.js';

/** How often to try when two processes come at the same time. */
const ATTEMPTS = 8;

export interface LabLock extends Disposable {
  close(): void;
}

export interface LockHolder extends ProcessId {
  /** What it does: `up`, `down`. */
  readonly purpose: string;
}

/** Counts the locks of this process, which are told apart by it. */
let taken = 0;

/**
 * Holds a lab against any other `up` or `down`. Throws LabError `busy`.
 *
 * Each contender first makes a file named after itself (pid and start time), then looks whether another living process
 * has one. Of two that come together at least one sees the other, so never do two hold the lab; and a file of a dead
 * process can be removed by anyone, because its name never comes again.
 */
export async function lockLab(lab: string, purpose: string): Promise<LabLock> {
  const self = identify(process.pid);
  if (self === undefined)
    throw new LabError('unsupported', '/proc is not mounted here.', 'Mount it: mount -t proc proc /proc');
  const file = lockFile(lab, { ...self, purpose }, taken++);
  for (let attempt = 1; ; attempt++) {
    makeFile(file, purpose);
    const other = holders(lab, file)[0];
    if (other === undefined) break;
    unlinkSync(file);
    if (attempt === ATTEMPTS) throw busy(lab, other);
    await sleep(10 + Math.random() * 40);
  }
  const close = (): void => {
    rmSync(file, { force: true });
    removeIfEmpty(RUN_DIRECTORY);
  };
  return { close, [Symbol.dispose]: close };
}

/** The process that brings the lab up or down at present. */
export function lockHolder(lab: string): LockHolder | undefined {
  return holders(lab)[0];
}

function lockFile(lab: string, holder: LockHolder, count: number): string {
  return join(RUN_DIRECTORY, `${lab}.lock.${holder.pid}.${holder.startTime}.${count}`);
}

/** Living holders other than `own`. Removes the files of dead ones. */
function holders(lab: string, own?: string): LockHolder[] {
  const found: LockHolder[] = [];
  for (const name of namesIn(RUN_DIRECTORY)) {
    const [, pid, startTime] = name.startsWith(`${lab}.lock.`)
      ? (/\.lock\.(\d+)\.(\d+)\.\d+$/.exec(name) ?? [])
      : [];
    const path = join(RUN_DIRECTORY, name);
    if (pid === undefined || startTime === undefined || path === own) continue;
    const holder = { pid: Number(pid), startTime };
    if (isAlive(holder)) found.push({ ...holder, purpose: readPurpose(path) });
    else rmSync(path, { force: true });
  }
  return found;
}

function readPurpose(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'up';
  } catch {
    return 'up';
  }
}

/** The directory goes when the last lab does, which may be at this very moment. */
function makeFile(file: string, purpose: string): void {
  for (let attempt = 1; ; attempt++) {
    mkdirSync(RUN_DIRECTORY, { recursive: true, mode: 0o755 });
    try {
      writeFileSync(file, `${purpose}\n`, { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    }
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Other labs are there.
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function busy(lab: string, holder: LockHolder): LabError {
  return new LabError(
    'busy',
    `Process ${holder.pid} is running \`${holder.purpose}\` of lab ${lab}.`,
    'Wait until it is done, or end it; what it leaves is cleaned up by the next `up` or `down`.',
  );
}
