/** Where the programs may be attached: below a cgroup that a lab made, never at a root. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A cgroup that the datapath must not touch. */
export class CgroupError extends Error {
  override readonly name = 'CgroupError';

  constructor(
    readonly reason: 'missing' | 'not-cgroup2' | 'root' | 'not-a-lab',
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

export interface NodeCgroups {
  /** The agent's own processes. */
  readonly agent: string;
  /** All workloads of the node. */
  readonly workloads: string;
}

/**
 * The cgroups below a node's, checked: the path lies in a mounted cgroup2 tree, is not its root, and belongs to a lab
 * (`onehop.<lab>/<node>`). Attaching higher up would catch every process of the machine.
 */
export function nodeCgroups(path: string): NodeCgroups {
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    throw new CgroupError(
      'missing',
      `There is no cgroup ${path}.`,
      'The lab makes it: start the agent through `onehop up`.',
    );
  }
  const mount = cgroup2Mounts().find((m) => real === m || real.startsWith(m + sep));
  if (mount === undefined) {
    throw new CgroupError(
      'not-cgroup2',
      `${path} is not in a cgroup2 tree.`,
      'Give the absolute path of a cgroup v2 directory.',
    );
  }
  if (real === mount) {
    throw new CgroupError(
      'root',
      `${path} is the root cgroup: programs there would catch every connection of this machine.`,
      'Give a cgroup that a lab made, such as <cgroup2 mount>/onehop.<lab>/<node>.',
    );
  }
  const parts = relative(mount, real).split(sep);
  const lab = parts.findIndex((part) => part.startsWith('onehop.'));
  if (lab === -1 || lab === parts.length - 1) {
    throw new CgroupError(
      'not-a-lab',
      `${path} was not made by a lab.`,
      'Give the cgroup of a lab node: <cgroup2 mount>/onehop.<lab>/<node>.',
    );
  }
  return { agent: join(real, 'agent'), workloads: join(real, 'workloads') };
}

/** bpf_get_current_cgroup_id() of the processes in a cgroup: its inode number. */
export function cgroupId(path: string): bigint {
  return statSync(path, { bigint: true }).ino;
}

/** Mount points of cgroup2 (proc(5), mountinfo: fields, " - ", type, …), longest first. */
function cgroup2Mounts(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.split(' - ')[1]?.startsWith('cgroup2 '))
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mount) => mount !== '')
    .sort((a, b) => b.length - a.length);
}
