import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  resourcesIn,
  resourcesOf,
  ROUTE_TYPE,
  xdsSetOf,
  type ResourceProblem,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';
import { emptySet, type ApplyOutcome } from '../../src/apply/outcome.js';
import { XdsClient, type XdsClientOptions } from '../../src/xds/client.js';
import { listener, routes, staticCluster } from '@onehop/core/test/resources/xdsResources.js';
import { TestServer } from './testServer.js';

export const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A scripted server on a unix socket, and clients of it, for each test of a suite. */
export class Bench {
  address = '';
  server!: TestServer;
  #folder = '';
  readonly #clients: XdsClient[] = [];

  /** To be called in a suite. */
  static use(): Bench {
    const bench = new Bench();
    beforeEach(() => bench.#open());
    afterEach(() => bench.#close());
    return bench;
  }

  start(kernel: Kernel, options: Partial<XdsClientOptions> = {}): XdsClient {
    const client = new XdsClient({
      address: this.address,
      node: { id: 'lab.node-1', cluster: 'lab' },
      onUpdate: (set) => kernel.apply(set),
      log: silent,
      ...options,
    });
    this.#clients.push(client);
    client.start();
    return client;
  }

  /** A client that has the configuration v1: a static cluster, a listener and its routes. */
  async withV1(kernel: Kernel, options?: Partial<XdsClientOptions>): Promise<XdsClient> {
    const client = this.start(kernel, options);
    const { server } = this;
    await server.request(CLUSTER_TYPE);
    await server.answer(CLUSTER_TYPE, server.send(CLUSTER_TYPE, 'c1', [staticCluster('a')]));
    const nonce = server.send(LISTENER_TYPE, 'l1', [listener('web', 'main')]);
    await server.request(ROUTE_TYPE);
    await server.answer(ROUTE_TYPE, server.send(ROUTE_TYPE, 'r1', [routes('main', 'a')]));
    await server.answer(LISTENER_TYPE, nonce);
    assert.deepEqual(names(kernel.inForce), ['a', 'web', 'main']);
    return client;
  }

  /** A server again, after the one before was closed. */
  async restart(): Promise<TestServer> {
    this.server = await TestServer.listen(this.address);
    return this.server;
  }

  /** Names of the last request for a type that nobody has read. */
  async lastRequest(typeUrl: string): Promise<readonly string[]> {
    await pause(60);
    return this.server.unread(typeUrl).at(-1)?.resourceNames ?? [];
  }

  async #open(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), 'oh-xds-'));
    this.address = `unix:${join(this.#folder, 'xds.sock')}`;
    await this.restart();
  }

  async #close(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    this.server.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Takes sets in the place of the applier, in memory. */
export class Kernel {
  readonly sets: XdsSet[] = [];
  inForce: XdsSet = emptySet;
  /** Why a resource is not taken. */
  refuse: (resource: XdsResource) => string | undefined = () => undefined;
  /** Why nothing is taken. */
  fail: string | undefined;
  #gate: Promise<void> | undefined;
  #open = (): void => undefined;
  held = false;

  async apply(set: XdsSet): Promise<ApplyOutcome> {
    this.sets.push(set);
    this.held = this.#gate !== undefined;
    await this.#gate;
    this.held = false;
    if (this.fail !== undefined) return this.#outcome([problem('', '', [], this.fail)]);
    const refused: ResourceProblem[] = [];
    const taken = resourcesIn(set).flatMap((resource) => {
      const reason = this.refuse(resource);
      if (reason === undefined) return [resource];
      refused.push(problem(resource.typeUrl, resource.name, ['connectTimeout'], reason));
      return resourcesOf(this.inForce, resource.typeUrl)?.get(resource.name) ?? [];
    });
    this.inForce = xdsSetOf(taken);
    return this.#outcome(refused);
  }

  /** Updates wait until release(). */
  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#gate = undefined;
    this.#open();
  }

  #outcome(refused: readonly ResourceProblem[]): ApplyOutcome {
    return { generation: this.sets.length, inForce: this.inForce, refused };
  }
}

function problem(
  typeUrl: string,
  resource: string,
  path: readonly string[],
  message: string,
): ResourceProblem {
  return { rule: 'test', severity: 'error', typeUrl, resource, path, message };
}

export function names(set: XdsSet): string[] {
  return resourcesIn(set).map(({ name }) => name);
}

export function statesOf(client: XdsClient): Record<string, string> {
  return Object.fromEntries(
    client
      .resources()
      .map(({ typeUrl, name, state }) => [typeUrl === ENDPOINT_TYPE ? `${name} (endpoints)` : name, state]),
  );
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function eventually(condition: () => boolean, timeoutMs = 1_500): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it never came true');
    await pause(5);
  }
}
