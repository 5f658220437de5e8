import { once } from 'node:events';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import type { LabProcess } from '@onehop/lab/backends/backend.js';
import { onLines, writeLine } from './lines.js';

/** A program of ours that runs in a workload and speaks JSON lines. */
export class Program<From extends { readonly type: string }> {
  /** What the program says and nobody waits for. */
  onMessage: (message: From) => void = () => undefined;
  readonly #process: LabProcess;
  #errors = '';
  #ended: string | undefined;

  private constructor(
    private readonly name: string,
    process: LabProcess,
  ) {
    this.#process = process;
    process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    void process.exited.then(({ code, signal }) => {
      this.#ended = `${this.name} ended (${signal ?? code}): ${this.#errors}`;
    });
  }

  /** `file` is a module of this folder. Resolves when it says that it is ready. */
  static async start<From extends { readonly type: string }>(
    lab: string,
    workload: string,
    file: string,
    ...args: readonly string[]
  ): Promise<Program<From>> {
    const path = new URL(file, import.meta.url).pathname;
    const argv = [process.execPath, path, ...args];
    const program = new Program<From>(workload, await createLocalBackend().runIn(lab, workload, argv));
    const { stdout } = program.#process;
    if (stdout === undefined) throw new Error('no stdout');
    await new Promise<void>((resolve, reject) => {
      onLines<From>(stdout, (message) => {
        if (message.type === 'ready') resolve();
        else program.onMessage(message);
      });
      void program.#process.exited.then(() => setImmediate(() => reject(new Error(program.#ended))));
    });
    return program;
  }

  send(message: object): void {
    const { stdin } = this.#process;
    if (stdin === undefined || this.#ended !== undefined) throw new Error(this.#ended ?? 'no stdin');
    writeLine(stdin, message);
  }

  async stop(): Promise<void> {
    const { stdin } = this.#process;
    if (stdin === undefined || this.#ended !== undefined) return;
    stdin.end();
    await Promise.race([this.#process.exited, once(AbortSignal.timeout(2_000), 'abort')]);
    this.#process.kill('SIGKILL');
    await this.#process.exited;
  }
}
