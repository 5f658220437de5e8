/** The guest's disk: node, a few commands with their libraries, and the built parts of this checkout. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from './command.js';
import { startScript, START_PATH, TESTS_PATH } from './guestScripts.js';
import { findCommand } from './hostPackages.js';

/** Where the checkout lies in the guest. */
const GUEST_CHECKOUT = '/onehop';
const COMMANDS = ['ip', 'tc'];
/** Built parts, relative to the checkout. */
const PARTS = [
  'bpf/build',
  'core/package.json',
  'core/dist/src',
  'agent/package.json',
  'agent/dist/src',
  'agent/libbpf-ts/package.json',
  'agent/libbpf-ts/dist/src',
  'agent/libbpf-ts/build',
  'agent/build',
  'lab/package.json',
  'lab/dist/src',
  'test/package.json',
  'test/dist/src/kernels',
];
/** Our own packages by the names that they import each other by. */
const WORKSPACES: Readonly<Record<string, string>> = {
  '@onehop/core': 'core',
  '@onehop/agent': 'agent',
  '@onehop/lab': 'lab',
  'libbpf-ts': 'agent/libbpf-ts',
};
const ADDONS = ['agent/libbpf-ts/build/libbpf_ts.node', 'agent/build/pump.node'];
/** Room for the files; the image is sparse. */
const IMAGE_SIZE = '600M';

/**
 * Builds the image that every kernel boots with.
 *
 * @param checkout the repository, built
 * @param directory for the tree and the image; the image is made anew
 * @returns the image's path
 */
export async function buildGuestImage(checkout: string, directory: string): Promise<string> {
  const tree = join(directory, 'root');
  rmSync(tree, { recursive: true, force: true });
  for (const part of ['bin', 'dev', 'proc', 'sys', 'run', 'tmp', 'root', 'etc'])
    mkdirSync(join(tree, part), { recursive: true });
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await copyBinary(process.execPath, join(tree, 'usr/bin/node'), tree);
  for (const name of COMMANDS) await copyBinary(mustFind(name), join(tree, 'usr/bin', name), tree);
  await copyBinary(mustFind('busybox'), join(tree, 'bin/busybox'), tree);
  symlinkSync('busybox', join(tree, 'bin/sh'));
  const guest = join(tree, GUEST_CHECKOUT);
  copyCheckout(checkout, guest);
  for (const addon of ADDONS) await copyBinary(join(checkout, addon), join(guest, addon), tree);
  script(join(tree, START_PATH), startScript());
  const tests = `${GUEST_CHECKOUT}/test/dist/src/kernels/guest/main.js`;
  script(join(tree, TESTS_PATH), `#!/bin/sh\ncd ${GUEST_CHECKOUT}\nexec node ${tests} ${GUEST_CHECKOUT}\n`);
  const image = join(directory, 'guest.ext4');
  rmSync(image, { force: true });
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-O', '^has_journal', '-d', tree, image, IMAGE_SIZE]);
  rmSync(tree, { recursive: true });
  return image;
}

function copyCheckout(from: string, to: string): void {
  for (const part of PARTS) {
    if (!existsSync(join(from, part))) throw new Error(`${join(from, part)} is missing: npm run build`);
    copyTree(join(from, part), join(to, part));
  }
  const external = new Set<string>();
  for (const [name, directory] of Object.entries(WORKSPACES)) {
    const link = join(to, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(to, directory)), link);
    addDependencies(from, join(from, directory), external);
  }
  for (const path of external) copyTree(join(from, path), join(to, path));
}

/** Adds the directories of the packages that a package needs, and those that they need. */
function addDependencies(checkout: string, directory: string, found: Set<string>): void {
  const { dependencies = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    if (name in WORKSPACES) continue;
    const path = [directory, checkout].map((at) => join(at, 'node_modules', name)).find(existsSync);
    if (path === undefined) throw new Error(`package ${name} is not installed: npm ci`);
    if (found.has(relative(checkout, path))) continue;
    found.add(relative(checkout, path));
    addDependencies(checkout, path, found);
  }
}

/** What only compilers and debuggers read stays here. */
function copyTree(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !/\.(map|d\.[cm]?ts|md)$/.test(path) });
}

/** A program or library, and the libraries that it is linked with, at the same paths as here. */
async function copyBinary(from: string, to: string, tree: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  const linked = await run('ldd', [from]).catch(() => '');
  for (const [, library = ''] of linked.matchAll(/(\/\S+)/g)) {
    const target = join(tree, library);
    if (library === from || existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(library, target);
  }
}

function mustFind(name: string): string {
  const path = findCommand(name);
  if (path === undefined) throw new Error(`the command ${name} is not installed`);
  return path;
}

function script(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}
