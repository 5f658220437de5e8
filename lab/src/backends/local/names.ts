import { join } from 'node:path';
import { LabError } from '../errors.js';

/** Where state directories and locks are. */
export const RUN_DIRECTORY = '/run/onehop';

/** Where iproute2 keeps named network namespaces. */
export const NETNS_DIRECTORY = '/run/netns';

/** Everything that a lab makes outside of its state directory starts with this and the lab's name. */
const PREFIX = 'onehop.';

const labName = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

export function isLabName(name: string): boolean {
  return labName.test(name);
}

export function assertLabName(name: string): void {
  if (isLabName(name)) return;
  throw new LabError(
    'invalid',
    `"${name}" is no name for a lab.`,
    'Use 1 to 32 lower-case letters, digits and hyphens, with no hyphen at either end.',
  );
}

/** Names of a lab's parts: all follow from its name, so that `down` needs nothing that `up` recorded. */
export interface LabNames {
  readonly lab: string;
  readonly stateDirectory: string;
  readonly stateFile: string;
  /** The resolved topology, as JSON. */
  readonly topologyFile: string;
  readonly logDirectory: string;
  readonly hostsFile: string;
  readonly controlPlaneSocket: string;
  /** Mount point of the agents' bpffs, each in a mount namespace of its own. */
  readonly bpffs: string;
  /** Child of the cgroup2 mount. */
  readonly cgroup: string;
  readonly switchNamespace: string;
  agentSocket(node: string): string;
  nodeNamespace(node: string): string;
  /** Is this the name of a namespace of the lab? */
  ownsNamespace(namespace: string): boolean;
}

export function labNames(lab: string): LabNames {
  assertLabName(lab);
  const stateDirectory = join(RUN_DIRECTORY, lab);
  return {
    lab,
    stateDirectory,
    stateFile: join(stateDirectory, 'state.json'),
    topologyFile: join(stateDirectory, 'lab.json'),
    logDirectory: join(stateDirectory, 'log'),
    hostsFile: join(stateDirectory, 'hosts'),
    controlPlaneSocket: join(stateDirectory, 'xds.sock'),
    bpffs: join(stateDirectory, 'bpf'),
    cgroup: PREFIX + lab,
    switchNamespace: `${PREFIX}${lab}.switch`,
    agentSocket: (node) => join(stateDirectory, `agent-${node}.sock`),
    nodeNamespace: (node) => `${PREFIX}${lab}.${node}`,
    // A lab's name holds no dot, so the prefix of one lab is never the prefix of another.
    ownsNamespace: (namespace) => namespace.startsWith(`${PREFIX}${lab}.`),
  };
}

/** The lab to which a cgroup or a namespace of this name belongs. */
export function labOf(name: string): string | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  const lab = name.slice(PREFIX.length).split('.')[0] ?? '';
  return isLabName(lab) ? lab : undefined;
}
