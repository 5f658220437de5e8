import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { XdsResource } from '@onehop/core/resources/model.js';

const module = fileURLToPath(new URL('../../../src/interop/gocp/', import.meta.url));
const build = fileURLToPath(new URL('../../../../build/interop/', import.meta.url));

/** A request as go-control-plane saw it. */
export interface SeenRequest {
  readonly protocol: 'sotw' | 'delta';
  readonly stream: number;
  readonly type: string;
  readonly nonce: string;
  readonly error: string;
  readonly node: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly initial: Readonly<Record<string, string>> | null;
}

/** Why go-control-plane cannot be built here; undefined when it can. */
export function missingGo(): string | undefined {
  const { status } = spawnSync('go', ['version'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'needs Go, which is not on this machine';
}

/** Builds the program of gocp/, if anything of it has changed. Resolves to its path. */
export async function buildGoControlPlane(): Promise<string> {
  mkdirSync(build, { recursive: true });
  const program = `${build}gocp`;
  const env = { ...process.env, CGO_ENABLED: '0' };
  await promisify(execFile)('go', ['build', '-p', '1', '-o', program, '.'], { cwd: module, env });
  return program;
}

/** A go-control-plane in a process of its own. */
export class GoControlPlane {
  readonly requests: SeenRequest[] = [];

  private constructor(
    readonly address: string,
    readonly child: ChildProcess,
  ) {}

  static async start(program: string, listen = '127.0.0.1:0'): Promise<GoControlPlane> {
    const child = spawn(program, [listen], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const first = await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      child.once('exit', (code) => reject(new Error(`gocp ended with ${code}`)));
    });
    const server = new GoControlPlane((JSON.parse(first) as { address: string }).address, child);
    lines.on('line', (line) => server.requests.push(JSON.parse(line) as SeenRequest));
    return server;
  }

  /** Makes the resources the snapshot of a node. With `ttlMs` each is sent wrapped, and renewed by heartbeats. */
  set(node: string, version: string, resources: readonly XdsResource[], ttlMs = 0): void {
    const list = resources.map(({ typeUrl, value }) => ({ '@type': typeUrl, ...value }));
    this.child.stdin!.write(`${JSON.stringify({ node, version, ttlMs, resources: list })}\n`);
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await exit;
  }
}
