import type { State as ControlPlaneState } from '@onehop/core/api/controlplane.generated.js';
import { Backoff } from './backoff.js';
import type { ConnectionState } from './connectionState.js';

export interface ControlPlaneListener {
  connection(state: ConnectionState): void;
  state(state: ControlPlaneState): void;
}

/** The connection to the lab's own control plane: kept up as long as the link exists. */
export class ControlPlaneLink {
  readonly #end = new AbortController();
  readonly #backoff = new Backoff();

  constructor(
    readonly socket: string,
    private readonly listener: ControlPlaneListener,
  ) {
    void this.#run();
  }

  /** Something has changed: try to connect now. */
  wake(): void {
    this.#backoff.wake();
  }

  dispose(): void {
    this.#end.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    this.listener.connection({ kind: 'starting' });
    const [{ watchState }, { ControlPlaneError }] = await Promise.all([
      import('@onehop/lab/controlplane/client.js'),
      import('@onehop/lab/controlplane/errors.js'),
    ]);
    while (!signal.aborted) {
      let connected = false;
      try {
        for await (const state of watchState(this.socket, signal)) {
          if (!connected) this.listener.connection({ kind: 'connected' });
          connected = true;
          this.#backoff.reset();
          this.listener.state(state);
        }
      } catch (error) {
        if (signal.aborted) break;
        const { message, hint } = error as Error & { hint?: string };
        const kind = error instanceof ControlPlaneError && error.reason === 'denied' ? 'refused' : 'lost';
        this.listener.connection({ kind, why: message, hint: hint ?? '' });
      }
      await this.#backoff.wait(signal);
    }
  }
}
