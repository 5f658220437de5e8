import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplyProgress } from '@onehop/core/api/controlplane.generated.js';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@onehop/core/resources/model.js';
import { ControlPlane } from '../../src/controlplane/controlPlane.js';
import { ControlPlaneError } from '../../src/controlplane/errors.js';
import { silent } from '../../src/controlplane/log.js';
import { ControlPlaneServer } from '../../src/controlplane/server.js';
import { AdsTestClient, namesIn } from './adsTestClient.js';
import { listener, routes, staticCluster } from '@onehop/core/test/resources/xdsResources.js';

export const v1 = [staticCluster('a'), listener('web', 'main'), routes('main', 'a')];
export const v2 = [staticCluster('b'), listener('web', 'main'), routes('main', 'b')];

/** A control plane on a unix socket, and clients of it, for each test of a suite. */
export class Bench {
  folder = '';
  socket = '';
  controlPlane!: ControlPlane;
  server!: ControlPlaneServer;
  readonly #clients: AdsTestClient[] = [];

  /** To be called in a suite. */
  static use(): Bench {
    const bench = new Bench();
    beforeEach(() => bench.#open());
    afterEach(() => bench.#close());
    return bench;
  }

  connect(node = 'lab.node-1'): AdsTestClient {
    const client = new AdsTestClient(this.socket, node);
    this.#clients.push(client);
    return client;
  }

  /** A client that has taken the snapshot: clusters, listeners and the routes "main". */
  async settled(node?: string): Promise<AdsTestClient> {
    const client = this.connect(node);
    for (const [typeUrl, names] of [
      [CLUSTER_TYPE, []],
      [LISTENER_TYPE, []],
      [ROUTE_TYPE, ['main']],
    ] as const) {
      client.subscribe(typeUrl, names);
      client.ack(await client.next(), names);
    }
    return client;
  }

  async #open(): Promise<void> {
    this.folder = mkdtempSync(join(tmpdir(), 'oh-cp-'));
    this.socket = join(this.folder, 'xds.sock');
    this.controlPlane = new ControlPlane({ log: silent, stepTimeoutMs: 300, rollbackTimeoutMs: 500 });
    this.server = await ControlPlaneServer.listen(this.socket, this.controlPlane, silent);
  }

  async #close(): Promise<void> {
    for (const client of this.#clients.splice(0)) client[Symbol.dispose]();
    await this.server.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** Answers with ACK whatever comes, until nothing does any more. */
export async function take(client: AdsTestClient): Promise<void> {
  for (;;) {
    let response;
    try {
      response = await client.next(150);
    } catch {
      return;
    }
    client.ack(response, response.typeUrl === ROUTE_TYPE ? namesIn(response) : []);
  }
}

export function follow(call: AsyncIterable<ApplyProgress>): {
  readonly messages: ApplyProgress[];
  readonly end: Promise<void>;
} {
  const messages: ApplyProgress[] = [];
  const end = (async () => {
    for await (const message of call) messages.push(message);
  })();
  end.catch(() => undefined);
  return { messages, end };
}

export function typeOf(controlPlane: ControlPlane, typeUrl: string) {
  return controlPlane.nodes()[0]?.types.find((one) => one.typeUrl === typeUrl);
}

export async function eventually(condition: () => boolean, timeoutMs = 2_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'it never came true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function isError(reason: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof ControlPlaneError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    assert.notEqual(error.hint, '');
    return true;
  };
}
