/** A lab of a test's own, driven through the command line as a user does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../../../..');
const program = resolve(root, 'lab/bin/onehop.js');

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the sample uses, and a lab for everything that HTTP can do. */
export const samples = {
  bookinfo: {
    topology: 'lab/samples/bookinfo/bookinfo.lab.yaml',
    config: 'lab/samples/bookinfo/bookinfo.xds.yaml',
  },
  echo: { topology: 'test/fixtures/echo.lab.yaml', config: 'test/fixtures/echo.xds.yaml' },
  actions: { topology: 'test/fixtures/echo.lab.yaml', config: 'test/fixtures/actions.xds.yaml' },
  explain: { topology: 'test/fixtures/explain.lab.yaml', config: 'test/fixtures/explain.xds.yaml' },
} as const;

export function startCli(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
}

export function cli(args: readonly string[], timeoutMs = 60_000): Promise<CliResult> {
  return new Promise((done, fail) => {
    const child = startCli(args);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', fail);
    child.on('close', (code) => {
      clearTimeout(timer);
      const ended = code === null ? `\nended after ${timeoutMs} ms: onehop ${args.join(' ')}` : '';
      done({ code: code ?? -1, stdout, stderr: stderr + ended });
    });
  });
}

/** The JSON objects of an output, one a line or one in all. */
export function jsonLines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

export class TestLab {
  private constructor(readonly name: string) {}

  static async up(suffix: string, sample: keyof typeof samples): Promise<TestLab> {
    const lab = new TestLab(TestLab.nameOf(suffix));
    const { topology, config } = samples[sample];
    const result = await cli(['up', '--name', lab.name, '--topology', topology, '--config', config]);
    if (result.code !== 0) throw new Error(`up failed: ${result.stdout}${result.stderr}`);
    return lab;
  }

  /** A name that no other test run has. */
  static nameOf(suffix: string): string {
    return `t-${process.pid}-${suffix}`;
  }

  /** Any command on this lab. */
  run(...args: string[]): Promise<CliResult> {
    return cli([...args, '--lab', this.name], 75_000);
  }

  /** A command with --json that must succeed. */
  async json<T>(...args: string[]): Promise<T> {
    const result = await this.run(...args, '--json');
    if (result.code !== 0) throw new Error(`onehop ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return JSON.parse(result.stdout) as T;
  }

  async lines<T>(...args: string[]): Promise<T[]> {
    const result = await this.run(...args, '--json');
    if (result.code !== 0)
      throw new Error(`onehop ${args.join(' ')}: ${result.stdout.slice(-2000)}${result.stderr}`);
    return jsonLines<T>(result.stdout);
  }

  down(): Promise<CliResult> {
    return cli(['down', '--name', this.name]);
  }
}
