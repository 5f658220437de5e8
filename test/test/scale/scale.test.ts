/** As many clusters, endpoints and connections as a node must stand, and what happens at its limits. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { FaultLab } from '../../src/faults/faultLab.js';
import { mib } from '../../src/faults/kernelMemory.js';
import { clusters, endpoints, scaleConfiguration } from '../../src/scale/configuration.js';
import { difference, held, ScaleLoad, type Held } from '../../src/scale/load.js';

const fixture = 'scale.lab.yaml';
/** Bytes. */
const rssEach = 24 * 1024;
const mapsMost = 128 << 20;
/** Unused pools shrink after 30 s, the maps a few seconds later. */
const returnMs = 75_000;

describe('scale', function () {
  this.timeout(240_000);
  let lab: FaultLab | undefined;
  afterEach(async () => {
    await lab?.down();
    lab = undefined;
  });

  it('1,000 clusters, 10,000 endpoints and 10,000 connections of clients on one node', async () => {
    const connections = 10_000;
    lab = await FaultLab.up('scale', { connections }, fixture);
    const load = await ScaleLoad.start(lab);
    const start = await held(lab, 'node-1');
    await lab.apply(scaleConfiguration(), 120_000);
    const configured = await held(lab, 'node-1');
    assert.equal((await lab.counters('node-1')).clusters.length, clusters);

    const begin = performance.now();
    const full = { open: connections, right: connections, wrong: {} };
    assert.deepEqual(await load.open(connections), full);
    for (const round of [1, 2, 3]) assert.deepEqual(await load.round(round), full);
    const seconds = (performance.now() - begin) / 1000;
    const most = await held(lab, 'node-1');
    const { reasons, relay } = await lab.counters('node-1');
    assert.ok(relay !== null);
    const requests = 4 * connections;
    const kernel = requests - relay.requests;
    print(
      `${requests} requests on ${connections} connections in ${seconds.toFixed(0)} s, all answered right: ` +
        `${kernel} in the kernel, ${relay.requests} by the relay (${reasons['pool-dry'] ?? 0} of a dry pool)`,
    );
    for (const [when, what] of Object.entries({ start, configured, most })) print(`${when}: ${words(what)}`);
    assert.equal(most.entries.oh_conn, connections);
    assert.equal(relay.openConnections, connections);
    assert.equal(await load.asked(), endpoints, 'endpoints that were asked');
    // a quarter of the connections asks clusters that stay warm, with requests that the kernel carries
    assert.ok(kernel > requests / 20, `${kernel} requests in the kernel`);
    // whoever found no warm connection was served by the relay, and counted
    assert.ok((reasons['pool-dry'] ?? 0) > 0);
    assert.equal(relay.requests, (reasons['pool-dry'] ?? 0) + (reasons['request-chunked'] ?? 0));
    assert.ok(
      most.rss - configured.rss <= rssEach * connections,
      `${mib(most.rss - configured.rss)} for connections`,
    );
    assert.ok(most.maps <= mapsMost, `${mib(most.maps)} of maps`);

    await load.close();
    const before = performance.now();
    await lab.eventually(async () => difference(start, await held(lab!, 'node-1')), returnMs);
    print(`back at the start ${((performance.now() - before) / 1000).toFixed(0)} s after they were closed`);
  });

  it('pools go with their endpoints at once', async () => {
    lab = await FaultLab.up('gone', {}, fixture);
    const load = await ScaleLoad.start(lab);
    const start = await held(lab, 'node-1');
    await lab.apply(scaleConfiguration(), 120_000);
    assert.deepEqual(await load.open(200), { open: 200, right: 200, wrong: {} });
    assert.ok((await held(lab, 'node-1')).pooled > 100);
    await load.close();
    await lab.apply([]);
    await lab.eventually(async () => difference(start, await held(lab!, 'node-1')), 20_000);
  });

  it('connections above what an agent can serve are closed, and its log says why', async () => {
    lab = await FaultLab.up('full', { connections: 200 }, fixture);
    const load = await ScaleLoad.start(lab);
    await lab.apply(scaleConfiguration(), 120_000);
    assert.deepEqual(await load.open(200), { open: 200, right: 200, wrong: {} });
    const { right, wrong } = await load.open(20);
    assert.equal(right, 0, JSON.stringify(wrong));
    assert.deepEqual(await load.round(1).then((report) => report.right), 200);
    const log = readFileSync(`${labNames(lab.name).logDirectory}/agent-node-1.log`, 'utf8');
    assert.match(log, /the agent serves 200 at once \(--connections\)/);
    await load.close();
    assert.deepEqual(await load.open(200), { open: 200, right: 200, wrong: {} });
  });

  it('an agent that may not open enough files does not start, and says how many it needs', async () => {
    const limit = Number(
      /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1],
    );
    await assert.rejects(
      FaultLab.up('small', { connections: limit }, fixture),
      new RegExp(`may open ${limit} files, too few for ${limit} connections of clients: it needs \\d+`),
    );
  });
});

function words({ sockets, entries, pooled, files, rss, maps }: Held): string {
  const filled = Object.entries(entries).filter(([, n]) => n > 0);
  return (
    `agent ${mib(rss)}, maps ${mib(maps)}, ${files} open files, ${sockets} sockets, ${pooled} in pools` +
    (filled.length === 0 ? '' : `, ${filled.map(([name, n]) => `${name} ${n}`).join(', ')}`)
  );
}

function print(text: string): void {
  console.log(`      ${text}`);
}
