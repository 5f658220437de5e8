import { readFileSync } from 'node:fs';

/** A process that cannot be taken for a later one with the same pid. */
export interface ProcessId {
  readonly pid: number;
  /** Field 22 of proc_pid_stat(5), in clock ticks after boot. */
  readonly startTime: string;
}

/** Undefined when there is no such process, or only what is left of it until its parent waits. */
export function identify(pid: number): ProcessId | undefined {
  const stat = readStat(pid);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  return { pid, startTime: stat.startTime };
}

export function isAlive(process: ProcessId): boolean {
  return identify(process.pid)?.startTime === process.startTime;
}

/** SIGKILL, only to the very process that was recorded. True when it was alive. */
export function killRecorded(recorded: ProcessId): boolean {
  if (!isAlive(recorded)) return false;
  try {
    process.kill(recorded.pid, 'SIGKILL');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** `1234 (node)`, or with a place `1234 (node, node-1/workloads/reviews-v1)` */
export function describeProcess(pid: number, place?: string): string {
  const about = [readStat(pid)?.command, place].filter((part) => part !== undefined);
  return about.length === 0 ? String(pid) : `${pid} (${about.join(', ')})`;
}

function readStat(pid: number): { command: string; state: string; startTime: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command is in parentheses and may hold any character: the fields start after the last one.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return { command: text.slice(open + 1, close), state: fields[0] ?? '', startTime: fields[19] ?? '' };
}
