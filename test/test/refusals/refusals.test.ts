import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import type { Rejection } from '@onehop/core/api/rejections.js';
import {
  CLUSTER_TYPE,
  parseFieldPath,
  RESOURCE_TYPES,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import { AgentClient } from '@onehop/lab/agent/client.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { ControlPlane } from '@onehop/lab/controlplane/controlPlane.js';
import { silent } from '@onehop/lab/controlplane/log.js';
import { ControlPlaneServer } from '@onehop/lab/controlplane/server.js';
import { badResources } from '../../src/refusals/badResources.js';
import { goodResources } from '../../src/refusals/goodResources.js';
import { Mutator } from '../../src/refusals/mutate.js';
import { RawServer } from '../../src/refusals/rawServer.js';

const node = 'node-1';
/** ONEHOP_FUZZ_SECONDS=60 for more, ONEHOP_FUZZ_SEED for others. */
const FUZZ_SECONDS = Number(process.env['ONEHOP_FUZZ_SECONDS'] ?? 10);
const FUZZ_SEED = Number(process.env['ONEHOP_FUZZ_SEED'] ?? 1);
/** Far above what the agent has after its start; a leak of what is refused would pass it soon. */
const MEMORY_BOUND = 400 * 2 ** 20;

const good = Object.values(goodResources);

/** A lab with an agent that asks the control plane on `socket`. */
async function up(name: string, socket: string): Promise<AgentClient> {
  const topology = {
    name,
    nodes: [{ name: node, addresses: ['198.18.1.1'] }],
    services: [],
    workloads: [{ name: 'client', node, addresses: ['198.18.1.11'] }],
  };
  await createLocalBackend().up(topology, { agent: { controlPlane: `unix:${socket}`, xds: 'sotw' } });
  return new AgentClient({ lab: name, node, socket: labNames(name).agentSocket(node) });
}

async function memoryOf(agent: AgentClient): Promise<number> {
  const { pid } = await agent.status();
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

describe('refusals by a running agent', function () {
  this.timeout(180_000 + FUZZ_SECONDS * 2000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'onehop-refusals-'))));
  after(() => rmSync(folder, { recursive: true }));

  describe('of bad resources', () => {
    const name = `t-${process.pid}-bad`;
    const cases = badResources();
    let agent: AgentClient;
    let server: ControlPlaneServer;
    let controlPlane: ControlPlane;

    before(async () => {
      controlPlane = new ControlPlane({ log: silent });
      controlPlane.load(good);
      const socket = join(folder, 'cp.sock');
      server = await ControlPlaneServer.listen(socket, controlPlane, silent);
      agent = await up(name, socket);
    });
    after(async () => {
      agent.close();
      await createLocalBackend().down(name);
      await server.close();
    });

    it(`NACKs ${cases.length} kinds, each by name and field, and keeps the last good one`, async () => {
      assert.ok(cases.length >= 200, `${cases.length} kinds`);
      const { version } = controlPlane.snapshot;
      const wrong: string[] = [];
      for (const { title, resource, field } of cases) {
        const resources = good.map((one) => (isSame(one, resource) ? resource : one));
        const rejections: Rejection[] = [];
        const { state, inForce } = await controlPlane.apply(resources, 10_000, (progress) => {
          rejections.push(...progress.rejections);
        });
        const told = rejections.find(
          (one) =>
            one.typeUrl === resource.typeUrl && one.resource === resource.name && one.field.startsWith(field),
        );
        if (state !== 'nacked' || inForce !== version || controlPlane.snapshot.version !== version)
          wrong.push(`${title}: ${state}, in force ${inForce}`);
        else if (told === undefined) wrong.push(`${title}: told ${JSON.stringify(rejections)}`);
        else if (!isShown(resource, told)) wrong.push(`${title}: ${told.field} has no place in the file`);
      }
      assert.deepEqual(wrong, []);
      const { resources } = await agent.status();
      assert.deepEqual(
        resources.map(({ name: one, state, errors }) => [one, state, errors]).sort(),
        good.map(({ name: one }) => [one, 'acked', []]).sort(),
        'all as before',
      );
    });
  });

  describe('of bytes', () => {
    const name = `t-${process.pid}-fuzz`;
    let agent: AgentClient;
    let server: RawServer;

    before(async () => {
      const socket = join(folder, 'raw.sock');
      server = await RawServer.listen(socket, good);
      agent = await up(name, socket);
    });
    after(async () => {
      agent.close();
      await createLocalBackend().down(name);
      server.close();
    });

    it(`goes on for ${FUZZ_SECONDS} s of mutated resources, in bounded memory (seed ${FUZZ_SEED})`, async () => {
      const mutator = new Mutator(FUZZ_SEED);
      const { pid } = await agent.status();
      const counts = { taken: 0, refused: 0 };
      for (const end = performance.now() + FUZZ_SECONDS * 1000; performance.now() < end;) {
        const batch = Array.from({ length: 8 }, () => mutator.next());
        const typeUrl = batch[0]?.typeUrl ?? CLUSTER_TYPE;
        const { errorDetail } = await server.send(typeUrl, batch.filter((one) => one.typeUrl === typeUrl)); // prettier-ignore
        counts[errorDetail === null ? 'taken' : 'refused']++;
      }
      for (const typeUrl of RESOURCE_TYPES) {
        const { errorDetail } = await server.send(typeUrl, server.goodOf(typeUrl));
        assert.equal(errorDetail?.message, undefined, typeUrl);
      }
      const memory = await memoryOf(agent);
      console.log(`      ${JSON.stringify(counts)}, ${Math.round(memory / 2 ** 20)} MiB`);
      const status = await agent.status();
      assert.equal(status.pid, pid, 'the same process');
      assert.equal(server.streams, 1, 'the stream was never given up');
      assert.ok(counts.refused > 10, JSON.stringify(counts));
      assert.ok(memory < MEMORY_BOUND, `${memory} bytes`);
    });
  });
});

function isSame(one: XdsResource, other: XdsResource): boolean {
  return one.typeUrl === other.typeUrl && one.name === other.name;
}

/** The rejection has a place in a file with the resource, inside of it, as `apply` shows it. */
function isShown(resource: XdsResource, { typeUrl, resource: name, field }: Rejection): boolean {
  const text = JSON.stringify({ resources: [{ '@type': typeUrl, ...resource.value }] }, undefined, 2);
  const location = validateFiles([{ path: 'x.json', text }]).locate(
    typeUrl,
    name,
    parseFieldPath(field) ?? [],
  );
  return location !== undefined && location.range.start.line > 2;
}
