/** From Debian's packages to what QEMU boots: the kernel and a small initramfs with the modules that the tests need. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { AptSuite, type DebianPackage } from './apt.js';
import { CommandError, run } from './command.js';
import { initScript } from './guestScripts.js';
import { findCommand } from './hostPackages.js';
import type { KernelSource, KernelSpec } from './kernelList.js';

export interface KernelFiles {
  /** As uname says: 6.1.0-56-cloud-amd64. */
  readonly release: string;
  /** Version of the Debian package. */
  readonly version: string;
  readonly vmlinuz: string;
  readonly initramfs: string;
}

/** A kernel that cannot be had: no suite has it any more, or there is no way to a mirror. */
export class KernelMissingError extends Error {
  override readonly name = 'KernelMissingError';
}

/** In the directory of a build when all of it is there. */
const READY = 'kernel.json';
/** Loaded before the root file system is mounted; those that are built in are not there and need not be. */
const MODULES = ['virtio_pci', 'virtio_blk', 'ext4', 'overlay', 'veth', 'sch_netem'];
/** Packages that hold the image and the modules; since 7.x it is several. */
const PARTS = /^linux-(image|binary|modules|base)-\d.*-cloud-amd64$/;

/**
 * The newest build of a kernel, downloaded and made ready once; without a way to a mirror, the one that is there.
 *
 * @param cache directory that stays between runs
 * @param initramfs where to write it
 * @throws KernelMissingError with the reason of every source
 */
export async function prepareKernel(
  spec: KernelSpec,
  cache: string,
  initramfs: string,
  progress: (line: string) => void,
): Promise<KernelFiles> {
  const reasons: string[] = [];
  for (const source of spec.sources) {
    try {
      return await fromSource(spec, source, cache, initramfs, progress);
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof KernelMissingError)) throw error;
      reasons.push(`${source.suite}: ${error.message}`);
    }
  }
  const cached = cachedBuilds(cache, spec)[0];
  if (cached === undefined) throw new KernelMissingError(reasons.join('; '));
  progress(`${spec.id}: taking the build of an earlier run (${reasons.join('; ')})`);
  return filesIn(cached, initramfs);
}

/** Directories of builds that are ready. */
function cachedBuilds(cache: string, spec: KernelSpec): string[] {
  const home = join(cache, 'images', spec.id);
  const entries = existsSync(home) ? readdirSync(home).map((entry) => join(home, entry)) : [];
  return entries.filter(isReady);
}

interface Build {
  readonly release: string;
  readonly version: string;
  readonly modules: readonly string[];
}

function readBuild(directory: string): Build {
  return JSON.parse(readFileSync(join(directory, READY), 'utf8')) as Build;
}

function isReady(directory: string): boolean {
  return existsSync(join(directory, READY)) && readBuild(directory).modules?.join() === MODULES.join();
}

async function filesIn(directory: string, initramfs: string): Promise<KernelFiles> {
  const { release, version } = readBuild(directory);
  // Its modules come from the packages, its script from here: packed anew.
  await packInitramfs(directory, initramfs);
  return { release, version, vmlinuz: join(directory, 'vmlinuz'), initramfs };
}

async function fromSource(
  spec: KernelSpec,
  source: KernelSource,
  cache: string,
  initramfs: string,
  progress: (line: string) => void,
): Promise<KernelFiles> {
  const apt = new AptSuite(source.suite, join(cache, 'apt', source.suite));
  await apt.update();
  const name = await apt.find(source);
  const packages = name === undefined ? [] : await imageParts(apt, name);
  const version = packages[0]?.version;
  if (version === undefined) {
    const wanted = typeof source.package === 'string' ? source.package : `${source.package.prefix}*`;
    throw new KernelMissingError(`there is no ${wanted} any more`);
  }
  const directory = join(cache, 'images', spec.id, version.replace(/[^\w.+-]/g, '-'));
  if (!isReady(directory)) {
    progress(`${spec.id}: downloading ${packages.map((part) => part.name).join(', ')}`);
    const work = `${directory}.tmp`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    const release = await assemble(apt, packages, work);
    const build: Build = { release, version, modules: MODULES };
    for (const old of cachedBuilds(cache, spec)) rmSync(old, { recursive: true });
    rmSync(directory, { recursive: true, force: true });
    writeFileSync(join(work, READY), JSON.stringify(build));
    renameSync(work, directory);
  }
  return filesIn(directory, initramfs);
}

/** The packages behind a metapackage that hold a kernel's files. */
async function imageParts(apt: AptSuite, name: string): Promise<DebianPackage[]> {
  const parts = new Map<string, DebianPackage>();
  const queue = [name];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const found = parts.has(next) ? undefined : await apt.show(next);
    if (found === undefined) continue;
    if (PARTS.test(next)) parts.set(next, found);
    queue.push(...found.depends.filter((depend) => PARTS.test(depend)));
  }
  return [...parts.values()];
}

/** Leaves vmlinuz and modules/ in `work`. @returns the kernel's release */
async function assemble(apt: AptSuite, packages: readonly DebianPackage[], work: string): Promise<string> {
  const tree = join(work, 'tree');
  for (const part of packages) {
    const deb = await apt.download(part);
    await run('dpkg-deb', ['-x', deb, tree]);
    rmSync(deb);
  }
  // Newer packages have /usr/lib/modules, the tools below look in /lib/modules.
  if (!existsSync(join(tree, 'lib'))) symlinkSync('usr/lib', join(tree, 'lib'));
  const releases = readdirSync(join(tree, 'lib/modules'));
  const release = releases[0];
  if (release === undefined) throw new KernelMissingError(`${packages[0]?.name} has no modules`);
  const images = [join(tree, 'boot', `vmlinuz-${release}`), join(tree, 'lib/modules', release, 'vmlinuz')];
  const image = images.find(existsSync);
  if (image === undefined) throw new KernelMissingError(`${packages[0]?.name} has no vmlinuz`);
  copyFileSync(image, join(work, 'vmlinuz'));
  await run('depmod', ['-b', tree, release]);
  await copyModules(tree, release, join(work, 'modules'));
  rmSync(tree, { recursive: true });
  return release;
}

/** Copies the modules and those that they need, unpacked; `list` has them in the order to load them. */
async function copyModules(tree: string, release: string, to: string): Promise<void> {
  mkdirSync(to);
  const list: string[] = [];
  for (const module of MODULES) {
    const lines = await run('modprobe', ['-d', tree, '-S', release, '--show-depends', module]).catch(
      () => '',
    );
    for (const [, path = ''] of lines.matchAll(/^insmod (\S+)/gm)) {
      const name = basename(path).replace(/\.ko.*$/, '.ko');
      if (list.includes(name)) continue;
      list.push(name);
      copyFileSync(path, join(to, basename(path)));
      if (path.endsWith('.xz')) await run('xz', ['-d', join(to, basename(path))]);
    }
  }
  writeFileSync(join(to, 'list'), list.map((name) => `${name}\n`).join(''));
}

async function packInitramfs(directory: string, archive: string): Promise<void> {
  const root = `${archive}.root`;
  rmSync(root, { recursive: true, force: true });
  for (const part of ['bin', 'modules', 'proc', 'sys', 'dev', 'lower', 'upper', 'root'])
    mkdirSync(join(root, part), { recursive: true });
  for (const file of readdirSync(join(directory, 'modules')))
    copyFileSync(join(directory, 'modules', file), join(root, 'modules', file));
  const busybox = findCommand('busybox');
  if (busybox === undefined) throw new Error('busybox is not installed');
  copyFileSync(busybox, join(root, 'bin/busybox'));
  writeFileSync(join(root, 'init'), initScript());
  chmodSync(join(root, 'init'), 0o755);
  await run('sh', ['-c', `find . | cpio -o -H newc --quiet > ${JSON.stringify(archive)}`], { cwd: root });
  rmSync(root, { recursive: true });
}
