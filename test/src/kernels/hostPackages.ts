/** What the machine needs to boot kernels: installed when missing, on Debian as root. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CommandError, run } from './command.js';

/** Why no kernel can be booted on this machine. */
export class HostError extends Error {
  override readonly name = 'HostError';

  constructor(
    readonly reason: 'architecture' | 'not-debian' | 'not-root' | 'install',
    message: string,
  ) {
    super(message);
  }
}

/** Debian package, and a command that shows that it is there. */
const NEEDED: readonly (readonly [string, string])[] = [
  ['qemu-system-x86', 'qemu-system-x86_64'],
  ['busybox-static', 'busybox'],
  ['cpio', 'cpio'],
  ['e2fsprogs', 'mke2fs'],
  ['kmod', 'depmod'],
  ['xz-utils', 'xz'],
  ['iproute2', 'ip'],
  ['dpkg', 'dpkg-deb'],
];

/** @throws HostError that says what to do */
export async function ensureHostPackages(progress: (line: string) => void): Promise<void> {
  if (process.arch !== 'x64') {
    throw new HostError('architecture', `The kernels are x86-64 ones; this machine is ${process.arch}.`);
  }
  // Maintenance commands are often missing from PATH of people and of CI.
  process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  const missing = NEEDED.filter(([, command]) => findCommand(command) === undefined).map(([name]) => name);
  if (!existsSync('/usr/bin/apt-get')) {
    throw new HostError(
      'not-debian',
      'The kernels are Debian packages: this needs Debian or a descendant (apt-get).',
    );
  }
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) throw new HostError('not-root', `Packages are missing. As root: ${command}`);
  progress(`installing ${missing.join(', ')}`);
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
  try {
    await run('apt-get', [...options, 'update']);
    await run('apt-get', [...options, 'install', '-y', '--no-install-recommends', ...missing], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new HostError('install', `Packages cannot be installed (${error.message}). Try: ${command}`);
  }
}

/** Where a command lies; undefined: nowhere in PATH. */
export function findCommand(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
