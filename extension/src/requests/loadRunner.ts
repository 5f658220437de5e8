import type { LoadLine } from '@onehop/lab/traffic/load/lines.js';
import { runCli, type Cli, type CliRun } from '../lab/cli.js';

export interface LoadState {
  readonly profile: string;
  readonly running: boolean;
  readonly last: LoadLine | undefined;
}

export interface LoadRequest {
  readonly lab: string;
  readonly profile: string;
  readonly from: string;
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
}

/** The load of this window: at most one at a time. It ends with the window. */
export class LoadRunner {
  #run: CliRun | undefined;
  #state: LoadState | undefined;

  constructor(
    private readonly onChange: () => void,
    /** It ended by itself and not well. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Undefined before the first load. */
  get state(): LoadState | undefined {
    return this.#state;
  }

  start(cli: Cli, { lab, profile, from, url, rate }: LoadRequest): void {
    if (this.#state?.running === true) return;
    const words = ['load', profile, url, '--from', from, '--rate', String(rate), '--lab', lab];
    const run = runCli(cli, words, undefined);
    this.#run = run;
    this.#set({ profile, running: true, last: undefined });
    void this.#follow(run, profile);
  }

  stop(): void {
    this.#run?.kill();
  }

  dispose(): void {
    this.stop();
  }

  async #follow(run: CliRun, profile: string): Promise<void> {
    try {
      for await (const value of run.values) {
        const { type } = value as { readonly type?: unknown };
        if (type === 'load') this.#set({ profile, running: true, last: value as LoadLine });
      }
      await run.done;
    } catch (error) {
      this.onFailure(error);
    } finally {
      this.#run = undefined;
      this.#set({ profile, running: false, last: this.#state?.last });
    }
  }

  #set(state: LoadState): void {
    this.#state = state;
    this.onChange();
  }
}
