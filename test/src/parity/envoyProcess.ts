/** An Envoy in a workload of the lab, with all configurations of a batch as its bootstrap. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, XdsResource } from '@onehop/core/resources/model.js';
import type { LabProcess } from '@onehop/lab/backends/backend.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { listenerValue, type Batch, type Configuration } from './configuration.js';

/** As in test/fixtures/parity.lab.yaml. */
export const envoyAddress = { 4: '198.18.1.13', 6: 'fd00:198:18:1::13' } as const;

export class EnvoyProcess {
  #output = '';
  #ended: string | undefined;

  private constructor(
    private readonly process: LabProcess,
    private readonly folder: string,
  ) {
    for (const stream of [process.stdout, process.stderr])
      stream
        ?.setEncoding('utf8')
        .on('data', (text: string) => (this.#output = (this.#output + text).slice(-8_000)));
    void process.exited.then(({ code, signal }) => (this.#ended = String(signal ?? code)));
  }

  static async start(lab: string, binary: string, batch: Batch): Promise<EnvoyProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'oh-parity-'));
    const file = join(folder, 'envoy.json');
    for (const { name, typeUrl, value } of batch.clusters.assignments.values())
      writeFileSync(
        assignmentFile(folder, name),
        JSON.stringify({ versionInfo: '1', resources: [{ '@type': typeUrl, ...value }] }),
      );
    writeFileSync(file, JSON.stringify(bootstrap(batch, folder)));
    const argv = [binary, '-c', file, '--concurrency', '1', '--disable-hot-restart', '-l', 'error'];
    return new EnvoyProcess(await createLocalBackend().runIn(lab, 'envoy', argv), folder);
  }

  /** What it wrote, when it has ended. */
  get failure(): string | undefined {
    return this.#ended === undefined ? undefined : `Envoy ended (${this.#ended}): ${this.#output}`;
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.process.exited;
    rmSync(this.folder, { recursive: true });
  }
}

/** @param folder of the files with endpoints of EDS; without it they are written into their clusters */
export function bootstrap({ clusters, configurations }: Batch, folder?: string): JsonObject {
  return {
    node: { id: 'envoy', cluster: 'parity' },
    staticResources: {
      clusters: clusters.resources.map(({ name, value }) =>
        withEndpoints(value, clusters.assignments.get(name), folder),
      ),
      listeners: configurations.map(listener),
    },
  };
}

/** The same as OneHop gets, and says in a header which route it took. */
function listener({ name, family, port, manager, routes }: Configuration): JsonObject {
  const responseHeadersToAdd = [
    { header: { key: 'x-route', value: '%ROUTE_NAME%' } },
    { header: { key: 'x-cluster', value: '%UPSTREAM_CLUSTER%' } },
  ];
  const routeConfig = { ...routes, responseHeadersToAdd, validateClusters: false };
  return listenerValue(name, envoyAddress[family], port, {
    ...manager,
    generateRequestId: false,
    routeConfig,
  });
}

function withEndpoints(
  cluster: JsonObject,
  assignment: XdsResource | undefined,
  folder: string | undefined,
): JsonObject {
  if (assignment === undefined) return cluster;
  if (folder !== undefined) {
    const path = assignmentFile(folder, assignment.name);
    return { ...cluster, edsClusterConfig: { edsConfig: { pathConfigSource: { path } } } };
  }
  const { edsClusterConfig: _, ...rest } = cluster;
  return { ...rest, type: 'STATIC', loadAssignment: assignment.value };
}

function assignmentFile(folder: string, cluster: string): string {
  return join(folder, `${cluster}.json`);
}
