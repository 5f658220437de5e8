import { readFileSync } from 'node:fs';

export interface Mount {
  readonly mountPoint: string;
  readonly type: string;
}

/** The mounts of this process's mount namespace, in the order in which they were made. */
export function mounts(): Mount[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Reads the format of proc_pid_mountinfo(5): `… <mount point> <options> [<fields>…] - <type> <source> …`. */
export function parseMountInfo(text: string): Mount[] {
  const found: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const mountPoint = fields[4];
    const dash = fields.indexOf('-', 6);
    const type = fields[dash + 1];
    if (dash < 0 || mountPoint === undefined || type === undefined) continue;
    found.push({ mountPoint: unescape(mountPoint), type });
  }
  return found;
}

/** Mount points at or below `directory`, the last made first: the order in which they can be unmounted. */
export function mountsBelow(directory: string, all: readonly Mount[] = mounts()): string[] {
  return all
    .map((mount) => mount.mountPoint)
    .filter((point) => point === directory || point.startsWith(`${directory}/`))
    .reverse();
}

/** The kernel writes space, tab, line feed and backslash as octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
