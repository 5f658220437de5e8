import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('../../test/fixtures/', import.meta.url));
const multiarch = { x64: 'x86_64', arm64: 'aarch64' }[arch() as 'x64' | 'arm64'];

/** Compiles test/fixtures/NAME.bpf.c; the object lies in a directory that the caller removes. */
export function compile(name: string, directory: string): string {
  const object = join(directory, `${name}.bpf.o`);
  execFileSync('clang', [
    ...['-O2', '-g', '-target', 'bpf', '-Wall', '-Werror', `-I/usr/include/${multiarch}-linux-gnu`],
    ...['-c', join(fixtures, `${name}.bpf.c`), '-o', object],
  ]);
  return object;
}

/** A directory of this test run, and how to remove it. */
export function scratch(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'libbpf-ts-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A cgroup of this test run below the cgroup2 mount, and how to remove it. */
export function makeCgroup(name: string): { readonly path: string; remove(): void } {
  const path = join(mountOf('cgroup2'), `libbpf-ts.${name}-${process.pid}`);
  mkdirSync(path);
  return { path, remove: () => rmdirSync(path) };
}

/** A bpffs of this test run (mounted), and how to remove it. */
export function mountBpffs(): { readonly path: string; remove(): void } {
  const directory = scratch();
  execFileSync('mount', ['-t', 'bpf', basename(directory.path), directory.path]);
  return {
    path: directory.path,
    remove() {
      execFileSync('umount', [directory.path]);
      directory.remove();
    },
  };
}

/** Runs bpftool with JSON output. */
export function bpftool(...args: string[]): unknown {
  return JSON.parse(execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}

function mountOf(type: string): string {
  const line = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((mount) => mount.split(' ')[2] === type);
  const path = line?.split(' ')[1];
  if (path === undefined) throw new Error(`no ${type} is mounted`);
  return path;
}
