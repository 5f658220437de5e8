/** A lab and an Envoy in it, with the same configurations, asked the same requests. */
import { readFileSync } from 'node:fs';
import { parseTopology } from '@onehop/core/topology/parse.js';
import { AgentClient } from '@onehop/lab/agent/client.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { applyResources } from '@onehop/lab/controlplane/client.js';
import type { XdsResource } from '@onehop/core/resources/model.js';
import { Program } from '../exact/program.js';
import { firstServerPort, serverPorts } from './clusters.js';
import { resourcesOf, type Batch, type Configuration } from './configuration.js';
import { envoyAddress, EnvoyProcess } from './envoyProcess.js';
import { ExplainedBatch, type Explained } from './explained.js';
import type { FromClient, FromServer, Lane, RawAnswer } from './protocol.js';
import { bytesOf, type ParityRequest } from './requests.js';

/** What came of one request. */
export interface Observation {
  readonly envoy: RawAnswer;
  readonly oneHop: RawAnswer;
  readonly explained: Explained;
}

export interface BothSides {
  readonly envoy: readonly RawAnswer[];
  readonly oneHop: readonly RawAnswer[];
}

/** Connections at a time. */
const lanesAtOnce = 12;
const requestsOfLane = 40;
const envoyStartMs = 30_000;

export class ParityLab {
  readonly #explained = new ExplainedBatch();
  readonly #waiting = new Map<number, (answers: readonly RawAnswer[]) => void>();
  #lane = 0;

  private constructor(
    private readonly name: string,
    private readonly envoy: string,
    private readonly client: Program<FromClient>,
    private readonly servers: readonly Program<FromServer>[],
  ) {
    client.onMessage = (message) => {
      if (message.type === 'lane') this.#waiting.get(message.id)?.(message.answers);
    };
  }

  /** @param envoy path of the Envoy binary */
  static async up(name: string, envoy: string): Promise<ParityLab> {
    const text = readFileSync(new URL('../../../fixtures/parity.lab.yaml', import.meta.url), 'utf8');
    const { topology, problems } = parseTopology(text);
    if (topology === undefined) throw new Error(`parity.lab.yaml: ${problems[0]?.message}`);
    const backend = createLocalBackend();
    await backend.up({ ...topology, name }, {});
    try {
      const ports = [firstServerPort, serverPorts].map(String);
      const servers = await Promise.all(
        ['near', 'far'].map((place) =>
          Program.start<FromServer>(name, place, '../parity/server.js', ...ports),
        ),
      );
      return new ParityLab(
        name,
        envoy,
        await Program.start<FromClient>(name, 'client', '../parity/client.js'),
        servers,
      );
    } catch (error) {
      await backend.down(name);
      throw error;
    }
  }

  /** Does `work` while the batch is in force on both sides. */
  async during<T>(batch: Batch, work: () => Promise<T>): Promise<T> {
    const resources = resourcesOf(batch);
    await this.#explained.configure(resources);
    const envoy = await EnvoyProcess.start(this.name, this.envoy, batch);
    try {
      await Promise.all([this.#apply(resources), this.#started(envoy, batch)]);
      const result = await work();
      if (envoy.failure !== undefined) throw new Error(envoy.failure);
      return result;
    } finally {
      await envoy.stop();
    }
  }

  /** What came of the requests of each configuration of the batch in force, in their order. */
  async observe(
    { configurations }: Batch,
    requests: readonly (readonly ParityRequest[])[],
  ): Promise<Observation[][]> {
    const work = configurations.flatMap((one, i) =>
      chunks(requests[i] ?? [], requestsOfLane).map((some) => ({ i, one, some })),
    );
    const observed: Observation[][] = configurations.map(() => []);
    const parts = await atMost(lanesAtOnce / 2, work, ({ one, some }) => this.#observeOne(one, some));
    for (const [n, part] of parts.entries()) observed[work[n]?.i ?? 0]?.push(...part);
    return observed;
  }

  /** The answers to one request sent many times, one after the other, with nothing else going on. */
  async repeat(
    { family, address, port }: Configuration,
    request: ParityRequest,
    times: number,
  ): Promise<BothSides> {
    const bytes = Array.from({ length: times }, () => bytesOf(request));
    const [envoy, oneHop] = await Promise.all([
      this.#send(envoyAddress[family], port, bytes),
      this.#send(address, port, bytes),
    ]);
    return { envoy, oneHop };
  }

  /** The requests that the programs of the client's node have carried, by the name of their route in force. */
  async carried(): Promise<ReadonlyMap<string, number>> {
    using agent = new AgentClient({
      lab: this.name,
      node: 'node-1',
      socket: labNames(this.name).agentSocket('node-1'),
    });
    const { rows } = await agent.routes();
    return new Map(rows.map(({ route, requests, relayed }) => [route, Number(requests) - Number(relayed)]));
  }

  async down(): Promise<void> {
    await Promise.all([this.client, ...this.servers].map((program) => program.stop()));
    await createLocalBackend().down(this.name);
  }

  async #observeOne(
    { family, address, port }: Configuration,
    requests: readonly ParityRequest[],
  ): Promise<Observation[]> {
    const bytes = requests.map(bytesOf);
    const [envoy, oneHop] = await Promise.all([
      this.#send(envoyAddress[family], port, bytes),
      this.#send(address, port, bytes),
    ]);
    return requests.map((request, i) => ({
      envoy: envoy[i] ?? noAnswer,
      oneHop: oneHop[i] ?? noAnswer,
      explained: this.#explained.ask(address, port, request),
    }));
  }

  #send(address: string, port: number, bytes: readonly Buffer[]): Promise<readonly RawAnswer[]> {
    const id = ++this.#lane;
    const lane: Lane = { id, address, port, requests: bytes.map((one) => one.toString('base64')) };
    return new Promise((resolve) => {
      this.#waiting.set(id, (answers) => {
        this.#waiting.delete(id);
        resolve(answers);
      });
      this.client.send(lane);
    });
  }

  async #apply(resources: readonly XdsResource[]): Promise<void> {
    for await (const progress of applyResources(labNames(this.name).controlPlaneSocket, resources, {
      timeoutMs: 30_000,
    }))
      if (!progress.done && progress.state !== 'acked')
        throw new Error(`${progress.node}: ${progress.state} ${JSON.stringify(progress.rejections)}`);
  }

  async #started(envoy: EnvoyProcess, { configurations: [first] }: Batch): Promise<void> {
    if (first === undefined) return;
    const head = Buffer.from('GET / HTTP/1.1\r\nHost: started\r\n\r\n');
    const until = Date.now() + envoyStartMs;
    while (Date.now() < until) {
      const [answer] = await this.#send(envoyAddress[first.family], first.port, [head]);
      if (answer !== undefined && answer.status !== 0) return;
      if (envoy.failure !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(envoy.failure ?? 'Envoy does not answer');
  }
}

const noAnswer: RawAnswer = { status: 0, headers: {}, body: 'none' };

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}

/** The results in the order of the items. */
async function atMost<T, R>(limit: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
