import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Capability } from '@onehop/core/api/agent.generated.js';
import type { LabBackend, LabState } from '../backends/backend.js';
import { Failure } from './failure.js';

/** What `onehop doctor` finds. */
export interface Examination {
  /** Everything is there that a lab needs. */
  readonly ok: boolean;
  readonly kernel: string | null;
  readonly libbpf: string | null;
  readonly node: string;
  readonly capabilities: readonly ProbedCapability[];
  /** Why the kernel could not be probed; null when it was. */
  readonly probeError: string | null;
  readonly tools: readonly Tool[];
  /** Labs that run, or of which a crash left something. */
  readonly labs: readonly LabState[];
}

export interface ProbedCapability extends Capability {
  readonly remedy: string;
}

export interface Tool {
  readonly name: string;
  /** Debian's name. */
  readonly package: string;
  readonly use: string;
  readonly required: boolean;
  /** null: not installed. */
  readonly path: string | null;
}

/** Looks at this machine; needs no lab. */
export async function examine(
  backend: LabBackend,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Examination> {
  const [probed, labs] = await Promise.all([probe(), backend.list()]);
  const tools = findTools(env['PATH'] ?? '');
  const states = await Promise.all(labs.map((lab) => backend.inspect(lab)));
  const lacking = probed.capabilities.some(({ available, required }) => required && !available);
  return {
    ok:
      probed.probeError === null &&
      !lacking &&
      tools.every(({ path, required }) => path !== null || !required),
    ...probed,
    node: process.version,
    tools,
    labs: states,
  };
}

const tools: readonly Omit<Tool, 'path'>[] = [
  { name: 'ip', package: 'iproute2', use: 'network namespaces of nodes', required: true },
  { name: 'nsenter', package: 'util-linux', use: 'starts programs in a node', required: true },
  { name: 'unshare', package: 'util-linux', use: 'gives workloads their own names', required: true },
  { name: 'mount', package: 'mount', use: 'gives workloads their own names', required: true },
  { name: 'clang', package: 'clang', use: 'builds the datapath', required: false },
  { name: 'make', package: 'make', use: 'builds the datapath', required: false },
  { name: 'gcc', package: 'gcc', use: 'builds the libbpf binding', required: false },
  { name: 'bpftool', package: 'bpftool', use: 'a second look at maps and programs', required: false },
];

function findTools(path: string): Tool[] {
  const folders = [...path.split(delimiter), '/usr/sbin', '/sbin'].filter((folder) => folder !== '');
  return tools.map((tool) => ({
    ...tool,
    path: folders.map((folder) => join(folder, tool.name)).find(isExecutable) ?? null,
  }));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

type Probed = Pick<Examination, 'kernel' | 'libbpf' | 'capabilities' | 'probeError'>;

/** Native code does not belong into this process: the probe of the agent runs as a child. */
async function probe(): Promise<Probed> {
  const script = fileURLToPath(new URL('../../../../agent/dist/src/probe/main.js', import.meta.url));
  const nothing = { kernel: null, libbpf: null, capabilities: [] };
  if (!existsSync(script)) return { ...nothing, probeError: 'The agent is not built: run npm run build.' };
  const { stdout, stderr } = await run(process.execPath, [script, '--json']);
  try {
    const { kernel, libbpf, capabilities } = JSON.parse(stdout) as Probed;
    return { kernel, libbpf, capabilities, probeError: null };
  } catch {
    const said =
      stderr
        .trim()
        .split('\n')
        .find((line) => /Error/.test(line)) ??
      stderr.trim().split('\n')[0] ??
      '';
    return { ...nothing, probeError: `The probe did not run: ${said || 'no reason given'}` };
  }
}

/** Its exit code says whether the datapath can run, which its output says in full. */
function run(file: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: 30_000 }, (_error, stdout, stderr) => resolve({ stdout, stderr }));
  });
}

/** The failure that an examination ends with; undefined when all is well. */
export function examinationFailure(found: Examination): Failure | undefined {
  if (found.ok) return undefined;
  if (found.probeError !== null)
    return new Failure('kernel', found.probeError, 'Build it (npm run build), then try again.');
  const missing = [
    ...found.capabilities.filter(({ available, required }) => required && !available),
    ...found.tools.filter(({ path, required }) => required && path === null),
  ];
  const remedies = missing.map((one) => ('remedy' in one ? one.remedy : `apt-get install ${one.package}.`));
  const names = missing.map(({ name }) => name).join(', ');
  return new Failure(
    'kernel',
    `This machine cannot run a lab: ${names} missing.`,
    [...new Set(remedies)].join(' '),
  );
}
