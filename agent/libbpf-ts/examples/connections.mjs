// Where do the processes of a cgroup connect to? Run as root: node connections.mjs connections.bpf.o
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { BpfObject } from 'libbpf-ts/object.js';

const object = BpfObject.open(process.argv[2] ?? 'connections.bpf.o', { rodata: { only_port: 0 } });
object.load();

// A cgroup of its own: nothing but what is put in there is looked at.
const mount = readFileSync('/proc/mounts', 'utf8').match(/^\S+ (\S+) cgroup2 /m)?.[1];
const cgroup = `${mount}/connections-${process.pid}`;
mkdirSync(cgroup);
const link = object.program('on_connect').attachCgroup(cgroup);

for (const port of [9, 9, 13]) {
  const connect = `echo $$ > ${cgroup}/cgroup.procs; exec bash -c '</dev/tcp/127.0.0.1/${port}' 2>/dev/null`;
  try {
    execFileSync('bash', ['-c', connect], { stdio: 'ignore' });
  } catch {
    // Nobody listens there; the attempt is what counts.
  }
}

// Keys and values have the types of the C source.
for (const [{ address, port }, { count, last_command }] of object.map('destinations')) {
  console.log(`${address.join('.')}:${port}  ${count} times, last by ${last_command}`);
}

link.close();
object.close();
rmdirSync(cgroup);
