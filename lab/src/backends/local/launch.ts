import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { join } from 'node:path';
import { NETNS_DIRECTORY } from './names.js';

/** Where a program runs. */
export interface Place {
  /** Absolute path of its cgroup. */
  readonly cgroup: string;
  /** Name of its network namespace; undefined: that of this process. */
  readonly namespace?: string;
  /** Directory whose hosts, nsswitch.conf and resolv.conf the program sees in /etc; undefined: the machine's. */
  readonly names?: string;
  /** Mount point of a bpffs that only the program sees. */
  readonly bpffs?: string;
}

/**
 * Starts a program in its place. The process that is spawned becomes the program by exec alone, so its pid is the
 * program's from the beginning. It joins its cgroup before anything else: whatever crashes, killing the lab's cgroups
 * ends it, and once the cgroup is gone it does not start at all.
 */
export function launch(place: Place, argv: readonly string[], options: SpawnOptions): ChildProcess {
  const namespace = place.namespace === undefined ? '' : join(NETNS_DIRECTORY, place.namespace);
  const parameters = [place.cgroup, namespace, place.names ?? '', place.bpffs ?? '', MOUNT];
  return spawn('/bin/sh', ['-euc', JOIN, 'onehop-launch', ...parameters, ...argv], options);
}

/**
 * Cgroup, network and mount namespace. With `slave`, nothing mounted in the namespace is seen outside, and what the
 * machine unmounts later is not held in it.
 */
const JOIN = `
cgroup=$1 namespace=$2 names=$3 bpffs=$4 mount=$5
shift 5
echo 0 >"$cgroup/cgroup.procs"
if [ -n "$names$bpffs" ]; then
  set -- unshare --mount --propagation slave -- /bin/sh -euc "$mount" onehop-launch "$names" "$bpffs" "$@"
fi
if [ -n "$namespace" ]; then
  set -- nsenter --net="$namespace" -- "$@"
fi
exec "$@"
`;

/** In the new mount namespace. A running nscd would answer from the machine's files: it is hidden. */
const MOUNT = `
names=$1 bpffs=$2
shift 2
if [ -n "$names" ]; then
  for file in hosts nsswitch.conf resolv.conf; do
    if [ -e "/etc/$file" ]; then mount --bind "$names/$file" "/etc/$file"; fi
  done
  if [ -e /run/nscd/socket ]; then mount -t tmpfs tmpfs /run/nscd; fi
fi
if [ -n "$bpffs" ]; then mount -t bpf bpf "$bpffs"; fi
exec "$@"
`;
