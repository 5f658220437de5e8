/** The load generator in a workload: one process that takes a job a line and answers each with a line. */
import { createInterface } from 'node:readline';
import type { LabBackend, LabProcess } from '../backends/backend.js';
import { BenchError } from './errors.js';
import type { Mode } from './results.js';

export interface HttpJob {
  readonly to: string;
  readonly host: string;
  readonly connections: number;
  readonly mode: Mode;
  readonly bytes: number;
  readonly warmMs: number;
  readonly ms: number;
  /** Closed loop: a window with fewer requests is prolonged, up to `maxMs`. */
  readonly minRequests?: number;
  readonly maxMs?: number;
  /** Requests a second at fixed times; absent: closed loop. */
  readonly rate?: number;
}

export interface BulkJob {
  readonly to: string;
  readonly connections: number;
  readonly direction: 'down' | 'up';
  readonly warmMs: number;
  readonly ms: number;
}

/** As the load generator prints it. */
export interface Report {
  readonly requests: number;
  readonly allRequests: number;
  readonly connections: number;
  readonly bytes: number;
  readonly windowNs: number;
  readonly unserved: number;
  readonly lateUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  readonly meanUs: number;
  readonly failed: number;
  readonly failure: string;
}

export class Generator {
  readonly #answers: AsyncIterator<string>;

  private constructor(
    private readonly process: LabProcess,
    private readonly where: string,
  ) {
    if (process.stdout === undefined) throw new Error('the load generator has no output');
    this.#answers = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  }

  static async start(
    backend: LabBackend,
    lab: string,
    workload: string,
    program: string,
  ): Promise<Generator> {
    const process = await backend.runIn(lab, workload, [program], { stderr: 'inherit' });
    return new Generator(process, `${workload} of lab ${lab}`);
  }

  http(job: HttpJob): Promise<Report> {
    return this.#run(httpLine(job), job.to);
  }

  bulk({ to, connections, direction, warmMs, ms }: BulkJob): Promise<Report> {
    return this.#run(`bulk to=${to} connections=${connections} dir=${direction} warm=${warmMs} ms=${ms}`, to);
  }

  /** Ends the load generator. */
  async close(): Promise<void> {
    this.process.stdin?.end();
    await this.process.exited;
  }

  async #run(line: string, to: string): Promise<Report> {
    this.process.stdin?.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true)
      throw new BenchError(
        'generator',
        `The load generator in ${this.where} ended while it ran "${line}".`,
        'Run the benchmark again; its other output is above.',
      );
    const report = JSON.parse(value) as Report;
    if (report.failed > 0)
      throw new BenchError(
        'wrong-response',
        `${to} did not answer as it must: ${report.failure} (job: ${line}).`,
        'A benchmark of wrong answers says nothing: this is a defect to look into first.',
      );
    return report;
  }
}

export function httpLine(job: HttpJob): string {
  const { to, host, connections, mode, bytes, warmMs, ms, minRequests, maxMs, rate } = job;
  const optional = { min: minRequests, max: maxMs, rate };
  return [
    `http to=${to} host=${host} connections=${connections} mode=${mode} bytes=${bytes} warm=${warmMs} ms=${ms}`,
    ...Object.entries(optional).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
  ].join(' ');
}
