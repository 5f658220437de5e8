/** The kernels one after the other: get, boot, collect. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildGuestImage } from './guestImage.js';
import { ensureHostPackages } from './hostPackages.js';
import { KernelMissingError, prepareKernel } from './kernelFiles.js';
import type { KernelSpec } from './kernelList.js';
import { boot } from './machine.js';
import { parseReport, type GuestReport } from './results.js';

/** This repository. */
const CHECKOUT = resolve(import.meta.dirname, '../../../..');
const CACHE = join(CHECKOUT, 'build/kernels');
export const MATRIX_FILE = join(CHECKOUT, 'build/kernel-matrix.json');

/** A busy machine takes four times as long as an idle one. */
const BOOT_MS = 240_000;

/** What became of one kernel. */
export type KernelResult =
  | { readonly id: string; readonly outcome: 'skipped'; readonly reason: string }
  | {
      readonly id: string;
      /** `dead`: the guest ended before its tests did, see `console`. */
      readonly outcome: 'done' | 'dead';
      readonly report: GuestReport;
      /** Whole run of QEMU. */
      readonly seconds: number;
      /** The last that kernel and scripts wrote to the console. */
      readonly console: string;
    };

export class KernelMatrix {
  readonly #results: KernelResult[] = [];
  #work: string | undefined;
  #image = '';

  /** @param progress is told what is going on, a line at a time */
  constructor(private readonly progress: (line: string) => void) {}

  get results(): readonly KernelResult[] {
    return this.#results;
  }

  /**
   * Makes the machine ready and builds the image that every kernel boots with.
   *
   * @throws HostError when this machine cannot boot kernels
   */
  async prepare(): Promise<void> {
    await ensureHostPackages(this.progress);
    mkdirSync(CACHE, { recursive: true });
    this.progress('building the guest image');
    // Of this run alone: somebody else may run the tests in this checkout, too.
    this.#work = mkdtempSync(join(CACHE, 'run-'));
    this.#image = await buildGuestImage(CHECKOUT, this.#work);
  }

  /** Runs the tests on a kernel. What cannot be had is skipped, not failed. */
  async run(spec: KernelSpec): Promise<KernelResult> {
    const result = await this.#run(spec);
    this.#results.push(result);
    return result;
  }

  /** Writes what is known so far to `build/kernel-matrix.json`. */
  save(): void {
    mkdirSync(join(CHECKOUT, 'build'), { recursive: true });
    writeFileSync(MATRIX_FILE, `${JSON.stringify(this.#results, undefined, 2)}\n`);
  }

  /** Removes what this run has made, but for kernels and the matrix. */
  close(): void {
    if (this.#work !== undefined) rmSync(this.#work, { recursive: true, force: true });
    this.#work = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #run(spec: KernelSpec): Promise<KernelResult> {
    const work = this.#work;
    if (work === undefined) throw new Error('There is no guest image: call prepare() first.');
    const { id } = spec;
    try {
      const kernel = await prepareKernel(spec, CACHE, join(work, `${id}.cpio`), this.progress);
      this.progress(`${id}: booting ${kernel.release}`);
      const results = join(work, `${id}.results`);
      const run = await boot({ kernel, image: this.#image, results, timeout: BOOT_MS });
      const report = parseReport(run.results);
      const console = run.console.slice(-4000);
      return { id, outcome: report.complete ? 'done' : 'dead', report, seconds: run.seconds, console };
    } catch (error) {
      if (!(error instanceof KernelMissingError)) throw error;
      return { id, outcome: 'skipped', reason: error.message };
    }
  }
}
