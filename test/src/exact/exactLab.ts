/** A lab with a raw client and two raw servers, and everything on the way between them. */
import { readFileSync } from 'node:fs';
import type { Event } from '@onehop/core/api/agent.generated.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import type { XdsResource } from '@onehop/core/resources/model.js';
import { parseTopology } from '@onehop/core/topology/parse.js';
import { AgentClient, type Subscription } from '@onehop/lab/agent/client.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { applyResources } from '@onehop/lab/controlplane/client.js';
import type { Place } from './arms.js';
import { Program } from './program.js';

const fixtures = new URL('../../../fixtures/', import.meta.url);
/** The node of the client: its agent routes. */
const node = 'node-1';
const firstPort = 9000;

export interface ExactLabOptions {
  readonly name: string;
  /** Ports of the servers. */
  readonly ports: number;
  /** Module of this folder that runs as server. */
  readonly server: string;
  readonly client: string;
  /** Arguments of both; the server's ports come after them. */
  readonly args?: readonly string[];
  /** Default true. */
  readonly events?: boolean;
}

export interface Counted {
  readonly requests: number;
  readonly relayed: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export class ExactLab<FromC extends { readonly type: string }, FromS extends { readonly type: string }> {
  /** Events of requests and connections by the client's address:port, in the order of their arrival. */
  readonly events = new Map<string, Event[]>();
  /** Events that were lost. */
  lost = 0;
  readonly #agent: AgentClient;
  #watching: Subscription<Event> | undefined;

  private constructor(
    readonly name: string,
    readonly ports: readonly number[],
    readonly client: Program<FromC>,
    readonly servers: Readonly<Record<Place, Program<FromS>>>,
  ) {
    this.#agent = new AgentClient({ lab: name, node, socket: labNames(name).agentSocket(node) });
  }

  static async up<C extends { readonly type: string }, S extends { readonly type: string }>({
    name,
    ports: count,
    client,
    server,
    args = [],
    events = true,
  }: ExactLabOptions): Promise<ExactLab<C, S>> {
    const backend = createLocalBackend();
    const { topology, problems } = parseTopology(readFileSync(new URL('exact.lab.yaml', fixtures), 'utf8'));
    if (topology === undefined) throw new Error(`exact.lab.yaml: ${problems[0]?.message}`);
    await backend.up({ ...topology, name }, {});
    let lab: ExactLab<C, S> | undefined;
    try {
      const ports = Array.from({ length: count }, (_, i) => firstPort + i);
      const [near, far, programOfClient] = await Promise.all([
        Program.start<S>(name, 'near', server, ...args, ...ports.map(String)),
        Program.start<S>(name, 'far', server, ...args, ...ports.map(String)),
        Program.start<C>(name, 'client', client, ...args),
      ]);
      await configure(name, ports);
      lab = new ExactLab<C, S>(name, ports, programOfClient, { near, far });
      if (events) await lab.#watch();
      await lab.#warm();
      return lab;
    } catch (error) {
      if (lab !== undefined) lab.#release();
      await backend.down(name);
      throw error;
    }
  }

  async forceRelay(on: boolean): Promise<void> {
    await this.#agent.setKnobs({ forceRelay: on });
  }

  /** What the client's node has counted: requests, those of them that the relay served, and reasons. */
  async counted(): Promise<Counted> {
    const { reasons, clusters } = await this.#agent.counters();
    const sum = (of: 'requests' | 'relayed'): number =>
      clusters.reduce((total, cluster) => total + Number(cluster[of]), 0);
    return {
      requests: sum('requests'),
      relayed: sum('relayed'),
      reasons: Object.fromEntries(Object.entries(reasons).map(([name, count]) => [name, Number(count)])),
    };
  }

  async down(): Promise<void> {
    this.#release();
    await Promise.all([this.client.stop(), this.servers.near.stop(), this.servers.far.stop()]);
    await createLocalBackend().down(this.name);
  }

  #release(): void {
    this.#watching?.close();
    this.#agent.close();
  }

  async #watch(): Promise<void> {
    await this.#agent.setKnobs({ sampleEvery: 1, ratePerSec: 0 });
    this.#watching = await this.#agent.watchEvents(['client']);
    void this.#collect(this.#watching);
  }

  async #collect(subscription: Subscription<Event>): Promise<void> {
    for await (const event of subscription) {
      this.lost += Number(event.lost);
      const before = this.events.get(event.client);
      if (before === undefined) this.events.set(event.client, [event]);
      else before.push(event);
    }
  }

  /** Until every endpoint has idle connections. */
  async #warm(): Promise<void> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const { pools } = await this.#agent.counters();
      const cold = pools.filter(({ idle }) => idle < 8);
      if (cold.length === 0 && pools.length > 0) return;
      if (Date.now() > deadline)
        throw new Error(`no warm connections to ${cold.map(({ endpoint }) => endpoint).join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** What the fixture says of one port, for every port. */
async function configure(name: string, ports: readonly number[]): Promise<void> {
  const text = readFileSync(new URL('exact.xds.yaml', fixtures), 'utf8');
  const resources = ports.flatMap((port) => resourcesIn(text.replaceAll(String(firstPort), String(port))));
  const applying = applyResources(labNames(name).controlPlaneSocket, resources, { timeoutMs: 20_000 });
  for await (const { done, node: answering, state, rejections } of applying)
    if (!done && state !== 'acked') throw new Error(`${answering}: ${state} ${JSON.stringify(rejections)}`);
}

function resourcesIn(text: string): XdsResource[] {
  const { set, problems, hasErrors } = validateFiles([{ path: 'exact.xds.yaml', text }]);
  if (hasErrors) throw new Error(`exact.xds.yaml: ${problems[0]?.message}`);
  return [set.listeners, set.routes, set.clusters, set.endpoints].flatMap((one) => [...one.values()]);
}
