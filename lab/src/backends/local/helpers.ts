import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LabError } from '../errors.js';
import { launch } from './launch.js';

/** Programs that the backend runs, and the Debian package of each. */
const PROGRAMS = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  umount: 'mount',
} as const;

/** Throws LabError `unsupported` when this process may not, or this machine cannot, run labs. */
export function assertUsable(): void {
  if (process.platform !== 'linux') {
    throw new LabError(
      'unsupported',
      `Labs of the local backend run on Linux only; this is ${process.platform}.`,
      'Run onehop inside a Linux machine.',
    );
  }
  if (process.geteuid?.() !== 0) {
    throw new LabError(
      'unsupported',
      'Labs need root: they make network namespaces and cgroups.',
      'Run the command with sudo.',
    );
  }
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  throw new LabError(
    'unsupported',
    `Missing on this machine: ${missing.map(([program]) => program).join(', ')}.`,
    `Install what they come with: apt-get install ${packages.join(' ')}`,
  );
}

/**
 * Runs `ip -batch` over the commands. It runs inside a cgroup of the lab: should this process die meanwhile, `down`
 * ends it before it looks for what to remove. Throws LabError `system`.
 */
export async function ipBatch(
  commands: readonly string[],
  where: { readonly cgroup: string; readonly namespace?: string },
): Promise<void> {
  const inNamespace = where.namespace === undefined ? [] : ['-netns', where.namespace];
  const child = launch({ cgroup: where.cgroup }, ['ip', ...inNamespace, '-batch', '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin?.on('error', () => undefined).end(commands.map((command) => `${command}\n`).join(''));
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      stderr += error.message;
      resolve(null);
    });
    child.on('close', resolve);
  });
  if (code === 0) return;
  throw new LabError(
    'system',
    `ip failed: ${ipError(stderr, commands)}.`,
    'Run `onehop doctor` to see what this machine lacks.',
  );
}

/** iproute2 says "Command failed -:LINE" after the kernel's words. */
function ipError(stderr: string, commands: readonly string[]): string {
  const line = /Command failed -:(\d+)/.exec(stderr)?.[1];
  const command = line === undefined ? undefined : commands[Number(line) - 1];
  const said =
    stderr
      .replace(/Command failed.*\n?/, '')
      .replace(/^Error: /, '')
      .trim()
      .replace(/\.+$/, '') || 'no reason given';
  return command === undefined ? said : `\`ip ${command}\`: ${said}`;
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
