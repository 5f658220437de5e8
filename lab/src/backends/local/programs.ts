import { fileURLToPath } from 'node:url';
import type { AgentOptions } from '../backend.js';
import type { LabWorkload } from '../topology.js';
import type { LabCgroups } from './cgroups.js';
import type { LabNames } from './names.js';

/** The folder that holds `lab/`, `agent/` and `bpf/`. */
const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const AGENT = `${ROOT}agent/dist/src/main.js`;
const CONTROL_PLANE = fileURLToPath(new URL('../../controlplane/main.js', import.meta.url));
const SERVICE = fileURLToPath(new URL('../../services/main.js', import.meta.url));

/** A workload as its agent has to know it. */
export interface NumberedWorkload extends LabWorkload {
  /** From 1, unique in the lab. */
  readonly id: number;
}

export function agentCommand(
  node: string,
  workloads: readonly NumberedWorkload[],
  agents: readonly string[],
  names: LabNames,
  cgroups: LabCgroups,
  options: AgentOptions,
): string[] {
  const described = workloads.map(({ name, id, addresses }) => ({
    name,
    id,
    addresses,
    cgroup: cgroups.workload(node, name),
  }));
  return [
    process.execPath,
    AGENT,
    ...['--node', node, '--lab', names.lab],
    ...['--cgroup', cgroups.node(node)],
    ...['--socket', names.agentSocket(node)],
    ...['--control-plane', options.controlPlane ?? `unix:${names.controlPlaneSocket}`],
    ...['--workloads', JSON.stringify(described)],
    ...['--agents', agents.join(',')],
    ...['--log', `${names.logDirectory}/agent-${node}.log`],
    // The lab's own control plane speaks both. Of others all speak state of the world, some the other.
    ...flag('--xds', options.xds ?? (options.controlPlane === undefined ? 'delta' : undefined)),
    ...flag('--node-id', options.nodeId?.replaceAll('{lab}', names.lab).replaceAll('{node}', node)),
    ...flag('--node-cluster', options.nodeCluster),
    ...flag('--node-metadata', options.nodeMetadata),
    ...(options.tls === true ? ['--tls'] : []),
    ...flag('--tls-ca', options.tlsCa),
    ...flag('--tls-cert', options.tlsCert),
    ...flag('--tls-key', options.tlsKey),
    ...flag('--tls-server-name', options.tlsServerName),
    ...flag('--token-file', options.tokenFile),
    ...flag('--log-level', options.logLevel),
    ...flag('--object', options.object),
    ...flag('--router', options.router),
    ...flag('--anchor-port', options.anchorPort),
    ...flag('--connections', options.connections),
  ];
}

export function controlPlaneCommand(names: LabNames, config: readonly string[]): string[] {
  return [
    process.execPath,
    CONTROL_PLANE,
    ...['--socket', names.controlPlaneSocket],
    ...config.flatMap((file) => ['--config', file]),
    ...['--log', `${names.logDirectory}/control.log`],
  ];
}

/** What runs in a workload from the start; undefined: nothing. */
export function workloadCommand(workload: LabWorkload): readonly string[] | undefined {
  if (workload.command !== undefined && workload.command.length > 0) return workload.command;
  if (workload.service === undefined) return undefined;
  const { app, version, port } = workload.service;
  return [process.execPath, SERVICE, app, '--port', String(port), ...flag('--version', version)];
}

/** The environment of a workload's programs: little of this process's, so that a lab is the same whoever starts it. */
export function workloadEnvironment(lab: string, workload: LabWorkload): NodeJS.ProcessEnv {
  return {
    ...systemEnvironment(),
    ...workload.env,
    ONEHOP_LAB: lab,
    ONEHOP_NODE: workload.node,
    ONEHOP_WORKLOAD: workload.name,
    ONEHOP_ADDRESSES: workload.addresses.join(','),
  };
}

/** Proxies and options of Node are left out: they are meant for the program that was started by hand. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_V8_COVERAGE', 'ONEHOP_DEBUG'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)];
}
