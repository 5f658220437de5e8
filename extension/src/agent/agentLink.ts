import type { Routes, Status, Traffic } from '@onehop/core/api/agent.generated.js';
import type { AgentClient, Subscription } from '@onehop/lab/agent/client.js';
import type { AgentAddress } from '@onehop/lab/agent/errors.js';
import { Backoff } from './backoff.js';
import { versionsFit, type ConnectionState } from './connectionState.js';

const routesEveryMs = 1_000;
const trafficEveryMs = 1_000;
/** A stopped agent keeps its socket open: pings find it out, within 2 s. One that is only busy has most of that to answer. */
const keepalive = { everyMs: 400, answerMs: 1_500 };

export interface AgentLinkListener {
  connection(state: ConnectionState): void;
  status(status: Status): void;
  routes(routes: Routes): void;
  traffic(traffic: Traffic): void;
}

/** The connection to one agent: kept up as long as the link exists, told of in words. */
export class AgentLink {
  readonly #end = new AbortController();
  readonly #backoff = new Backoff();
  #client: AgentClient | undefined;
  #wantsTraffic = false;
  #traffic: Subscription<Traffic> | undefined;

  constructor(
    readonly address: AgentAddress,
    private readonly version: string,
    private readonly listener: AgentLinkListener,
  ) {
    void this.#run();
  }

  /** The client for single calls; undefined while there is no connection. */
  get client(): AgentClient | undefined {
    return this.#client;
  }

  /** Starts or ends the stream of traffic, which makes the datapath write events. */
  watchTraffic(wanted: boolean): void {
    this.#wantsTraffic = wanted;
    if (!wanted) {
      this.#traffic?.close();
      this.#traffic = undefined;
    } else if (this.#client !== undefined && this.#traffic === undefined)
      void this.#readTraffic(this.#client);
  }

  /** Something has changed: try to connect now. */
  wake(): void {
    this.#backoff.wake();
  }

  dispose(): void {
    this.#end.abort();
    this.#traffic?.close();
    this.#client?.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    this.listener.connection({ kind: 'starting' });
    // Loaded only when there is something to connect to.
    const [{ AgentClient }, { AgentError }] = await Promise.all([
      import('@onehop/lab/agent/client.js'),
      import('@onehop/lab/agent/errors.js'),
    ]);
    while (!signal.aborted) {
      const client = new AgentClient(this.address, { keepalive });
      try {
        await this.#follow(client);
        throw new AgentError('gone', `The agent of node ${this.address.node} has ended the connection.`, '');
      } catch (error) {
        if (signal.aborted) break;
        const { message, hint } = error as Error & { hint?: string };
        const kind = AgentError.is(error, 'refused') ? 'refused' : 'lost';
        this.listener.connection({ kind, why: message, hint: hint ?? '' });
      } finally {
        this.#client = undefined;
        this.#traffic?.close();
        this.#traffic = undefined;
        client.close();
      }
      await this.#backoff.wait(signal);
    }
  }

  /** Until the agent goes away. */
  async #follow(client: AgentClient): Promise<void> {
    using statuses = await client.watchStatus();
    using routes = await client.watchRoutes(routesEveryMs);
    this.#client = client;
    this.#backoff.reset();
    if (this.#wantsTraffic) void this.#readTraffic(client);
    let told: string | undefined;
    await Promise.race([
      each(statuses, (status) => {
        if (status.version !== told) this.listener.connection(this.#stateOf(status));
        told = status.version;
        this.listener.status(status);
      }),
      each(routes, (message) => this.listener.routes(message)),
    ]);
  }

  #stateOf({ version: agent }: Status): ConnectionState {
    const { version: extension } = this;
    return versionsFit(agent, extension)
      ? { kind: 'connected' }
      : { kind: 'versionDiffers', agent, extension };
  }

  /** That it fails is told by the other streams. */
  async #readTraffic(client: AgentClient): Promise<void> {
    try {
      const stream = await client.watchTraffic(trafficEveryMs);
      if (!this.#wantsTraffic || this.#client !== client) return stream.close();
      this.#traffic = stream;
      await each(stream, (traffic) => this.listener.traffic(traffic));
    } catch {
      this.#traffic = undefined;
    }
  }
}

async function each<T>(stream: AsyncIterable<T>, take: (message: T) => void): Promise<void> {
  for await (const message of stream) take(message);
}
