import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  controlPlaneFlags,
  controlPlaneOptions,
  controlPlaneUsage,
  type ControlPlaneOptions,
} from './controlPlaneOptions.js';
import { OptionError } from './optionError.js';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A workload of this node, as the lab made it. */
export interface WorkloadOption {
  readonly name: string;
  /** Above 0; what oh_workload and events carry. */
  readonly id: number;
  readonly addresses: readonly string[];
  /** Absolute path of its cgroup. */
  readonly cgroup: string;
}

export interface Options extends ControlPlaneOptions {
  readonly node: string;
  readonly lab: string;
  /** Absolute path of the node's cgroup: the programs attach here, never above. */
  readonly cgroup: string;
  readonly socket: string;
  readonly object: string;
  readonly router: string;
  readonly anchorPort: number;
  /** Connections of clients at once that it must be able to serve; undefined: as many as usual, or as it can. */
  readonly connections: number | undefined;
  readonly workloads: readonly WorkloadOption[];
  /** Addresses that the agents of all nodes speak from. */
  readonly agents: readonly string[];
  /** A path, or `-` for standard error. */
  readonly log: string;
  readonly logLevel: LogLevel;
}

/** The command line (without node and script) as options. Throws OptionError. */
export function parseOptions(argv: readonly string[]): Options {
  const values = parseFlags(argv);
  const required = (name: 'node' | 'lab' | 'cgroup' | 'socket'): string => {
    const value = values[name];
    if (value === undefined || value === '') throw new OptionError(name, `--${name} is missing.`, usage);
    return value;
  };
  const node = labName('node', required('node'));
  const lab = labName('lab', required('lab'));
  const options: Options = {
    node,
    lab,
    ...controlPlaneOptions(values, lab, node),
    cgroup: absolute('cgroup', required('cgroup')),
    socket: absolute('socket', required('socket')),
    object: existing(
      'object',
      values.object ?? inCheckout('bpf/build/onehop.bpf.o'),
      'Build it: npm run build.',
    ),
    router: existing(
      'router',
      values.router ?? inCheckout('bpf/build/router.wasm'),
      'Build it: npm run build.',
    ),
    anchorPort: port('anchor-port', values['anchor-port'] ?? '15001'),
    connections: values.connections === undefined ? undefined : connections(values.connections),
    workloads: workloads(values.workloads ?? '[]'),
    agents: agents(values.agents ?? ''),
    log: values.log ?? '-',
    logLevel: logLevel(values['log-level'] ?? 'info'),
  };
  const outside = options.workloads.find((workload) => !workload.cgroup.startsWith(`${options.cgroup}/`));
  if (outside !== undefined)
    throw new OptionError(
      'workloads',
      `The cgroup of workload ${outside.name} (${outside.cgroup}) is not below that of the node (${options.cgroup}).`,
      'A program attached to the node sees only what runs below it.',
    );
  return options;
}

export function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}

const usage =
  'Usage: --node NAME --lab NAME --cgroup PATH --socket PATH ' +
  controlPlaneUsage +
  ' [--object PATH] [--router PATH] [--anchor-port N] [--connections N] [--workloads JSON] [--agents ADDRESS,…] [--log FILE|-] [--log-level LEVEL]. ' +
  'The lab starts agents by itself: onehop up.';

function parseFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      options: {
        node: text,
        lab: text,
        cgroup: text,
        socket: text,
        ...controlPlaneFlags,
        object: text,
        router: text,
        'anchor-port': text,
        connections: text,
        workloads: text,
        agents: text,
        log: text,
        'log-level': text,
      },
    }).values;
  } catch (error) {
    throw new OptionError('', error instanceof Error ? error.message : String(error), usage);
  }
}

/** The rule of lab and node names: they end up in paths, interfaces and host names. */
function labName(option: string, name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) return name;
  throw new OptionError(
    option,
    `--${option} "${name}" is not a name.`,
    'Up to 32 lower-case letters, digits and dashes; a letter or digit first and last.',
  );
}

function absolute(option: string, path: string): string {
  if (isAbsolute(path)) return path.replace(/\/+$/, '');
  throw new OptionError(option, `--${option} "${path}" is not an absolute path.`, 'Give it from / on.');
}

function existing(option: string, path: string, hint: string): string {
  if (existsSync(path)) return path;
  throw new OptionError(option, `--${option}: there is no file ${path}.`, hint);
}

function port(option: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 65535) return number;
  throw new OptionError(option, `--${option} "${text}" is not a port.`, 'Give a number from 1 to 65535.');
}

function connections(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 1_000_000) return number;
  throw new OptionError(
    'connections',
    `--connections "${text}" is not a number of connections.`,
    'Give a number from 1 to 1000000.',
  );
}

function logLevel(text: string): LogLevel {
  if (isLogLevel(text)) return text;
  throw new OptionError('log-level', `--log-level "${text}" is unknown.`, `One of ${logLevels.join(', ')}.`);
}

function agents(text: string): readonly string[] {
  const list = text.split(',').filter((address) => address !== '');
  const wrong = list.find((address) => isIP(address) === 0);
  if (wrong !== undefined)
    throw new OptionError('agents', `--agents: "${wrong}" is not an address.`, 'Form: 198.18.1.1,fd00::1.');
  return list;
}

function workloads(text: string): readonly WorkloadOption[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new OptionError(
      'workloads',
      `--workloads is not JSON: ${(error as Error).message}.`,
      workloadsForm,
    );
  }
  if (!Array.isArray(list)) throw new OptionError('workloads', '--workloads is not a list.', workloadsForm);
  const seen = new Set<string | number>();
  return list.map((item: unknown, i) => {
    const workload = asWorkload(item);
    if (workload === undefined)
      throw new OptionError('workloads', `--workloads: item ${i} has the wrong form.`, workloadsForm);
    if (seen.has(workload.id) || seen.has(workload.name))
      throw new OptionError(
        'workloads',
        `--workloads: ${workload.name} (id ${workload.id}) is there twice.`,
        workloadsForm,
      );
    seen.add(workload.id).add(workload.name);
    return workload;
  });
}

const workloadsForm =
  'Form: [{"name":"reviews-v1","id":1,"addresses":["198.18.1.11"],"cgroup":"/sys/fs/cgroup/…"}].';

function asWorkload(item: unknown): WorkloadOption | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { name, id, addresses, cgroup } = item as Record<string, unknown>;
  if (typeof name !== 'string' || name === '' || typeof cgroup !== 'string' || !isAbsolute(cgroup))
    return undefined;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > 0xffffffff) return undefined;
  if (!Array.isArray(addresses)) return undefined;
  const texts = addresses.filter(
    (address): address is string => typeof address === 'string' && isIP(address) !== 0,
  );
  return texts.length === addresses.length ? { name, id, addresses: texts, cgroup } : undefined;
}

function inCheckout(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
