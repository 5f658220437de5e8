/** Compiles the server under test and the load generator. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { BenchError } from './errors.js';
import { benchBuild, nativeSources } from './paths.js';

export interface NativePrograms {
  readonly server: string;
  readonly loadgen: string;
  readonly bpfstats: string;
}

/** Makes what is not there or older than its sources. Throws BenchError `no-compiler`. */
export async function buildNative(
  directory: string = benchBuild,
  progress: (line: string) => void = () => undefined,
): Promise<NativePrograms> {
  mkdirSync(directory, { recursive: true });
  const newest = Math.max(
    ...readdirSync(nativeSources).map((file) => statSync(nativeSources + file).mtimeMs),
  );
  const built = async (name: string): Promise<string> => {
    const target = `${directory}${name}`;
    if (existsSync(target) && statSync(target).mtimeMs > newest) return target;
    progress(`compiling ${name}`);
    // Under another name first: whoever runs the old one meanwhile keeps it.
    const fresh = `${target}.${process.pid}`;
    await compile(`${nativeSources}${name}.c`, fresh);
    renameSync(fresh, target);
    return target;
  };
  return {
    server: await built('server'),
    loadgen: await built('loadgen'),
    bpfstats: await built('bpfstats'),
  };
}

async function compile(source: string, target: string): Promise<void> {
  try {
    await promisify(execFile)('cc', ['-O2', '-g', '-Wall', '-Wextra', '-o', target, source]);
  } catch (error) {
    throw new BenchError(
      'no-compiler',
      `${source} does not compile: ${(error as Error).message}`,
      'The benchmark needs a C compiler: install gcc or clang (`cc`).',
      { cause: error },
    );
  }
}
