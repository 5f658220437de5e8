import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { createLocalBackend } from '../../src/backends/local/backend.js';
import type { LabTopology } from '../../src/backends/topology.js';
import type { AnswerLine } from '../../src/traffic/lines.js';
import { sendRequests } from '../../src/traffic/requests.js';
import type { RequestSpec } from '../../src/traffic/requestSpec.js';
import { leftovers, noMesh, testLabName } from '../backends/testLab.js';

const SAMPLE = fileURLToPath(new URL('../../../samples/bookinfo/', import.meta.url));
const readYaml = (name: string): unknown => parse(readFileSync(SAMPLE + name, 'utf8'));

describe('Bookinfo', () => {
  const topology = readYaml('bookinfo.lab.yaml') as LabTopology;
  const { resources } = readYaml('bookinfo.xds.yaml') as { resources: Record<string, unknown>[] };
  const ofType = (type: string): Record<string, unknown>[] =>
    resources.filter((resource) => String(resource['@type']).endsWith(`.${type}`));

  /** Every value of `key`, however deep. */
  const find = (value: unknown, key: string): unknown[] => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, inner]) => [
      ...(name === key ? [inner] : []),
      ...find(inner, key),
    ]);
  };
  const sockets = (value: unknown): string[] =>
    (find(value, 'socket_address') as { address: string; port_value: number }[]).map(
      (found) => `${found.address} ${found.port_value}`,
    );

  describe('its two files agree', () => {
    for (const { name, addresses } of topology.services) {
      it(`the service ${name} has a listener on its addresses`, () => {
        const port = topology.workloads.find(({ service }) => service?.app === name)?.service?.port;
        const listener = ofType('Listener').find((resource) => resource['name'] === name);
        assert.deepEqual(
          sockets(listener),
          addresses.map((address) => `${address} ${port}`),
        );
      });
    }
    it('endpoints are workloads that listen there', () => {
      const listening = topology.workloads.flatMap(({ addresses, service }) =>
        addresses.map((address) => `${address} ${service?.port}`),
      );
      const endpoints = [...ofType('Cluster'), ...ofType('ClusterLoadAssignment')].flatMap(sockets);
      assert.equal(endpoints.length, topology.workloads.length);
      for (const endpoint of endpoints) assert.ok(listening.includes(endpoint), endpoint);
    });
    it('what is named exists', () => {
      const clusters = new Set(ofType('Cluster').map(({ name }) => name));
      const named = [
        ...find(ofType('RouteConfiguration'), 'cluster'),
        ...find(ofType('Listener'), 'cluster'),
      ];
      const weighted = (find(resources, 'clusters') as { name: string }[][]).flat().map(({ name }) => name);
      assert.deepEqual(new Set([...named, ...weighted]), clusters);
      const routes = ofType('RouteConfiguration').map(({ name }) => name);
      assert.deepEqual(find(ofType('Listener'), 'route_config_name'), routes);
      const assigned = ofType('ClusterLoadAssignment').map((resource) => resource['cluster_name']);
      assert.deepEqual(
        ofType('Cluster')
          .filter(({ type }) => type === 'EDS')
          .map(({ name }) => name),
        assigned,
      );
    });
  });

  describe('without a mesh', function () {
    this.timeout(30_000);
    const backend = createLocalBackend();
    const lab = testLabName('book');
    const ask = async (spec: RequestSpec): Promise<{ answer: AnswerLine; json: Record<string, unknown> }> => {
      const run = await sendRequests(backend, lab, 'productpage-v1', spec);
      for await (const line of run.lines) {
        if (line.type === 'answer')
          return { answer: line, json: JSON.parse(line.body) as Record<string, unknown> };
      }
      throw new Error('no answer');
    };
    after(() => backend.down(lab));

    it('comes up in less than two seconds', async () => {
      const from = performance.now();
      await backend.up({ ...topology, name: lab }, noMesh);
      const took = performance.now() - from;
      assert.ok(took < 2_000, `${took.toFixed(0)} ms`);
    });

    it('shows a page put together of three services', async () => {
      const { json } = await ask({
        url: 'http://productpage:9080/productpage',
        headers: [['end-user', 'jason']],
      });
      assert.equal(json['user'], 'jason');
      assert.deepEqual(find(json, 'podname'), ['productpage-v1', 'details-v1', 'reviews-v1']);
      assert.deepEqual(find(json, 'error'), []);
    });

    const stars: [string, unknown[]][] = [
      ['v1', []],
      [
        'v2',
        [
          { stars: 5, color: 'black' },
          { stars: 4, color: 'black' },
        ],
      ],
      [
        'v3',
        [
          { stars: 5, color: 'red' },
          { stars: 4, color: 'red' },
        ],
      ],
    ];
    for (const [version, expected] of stars) {
      it(`shows the stars of reviews ${version}, from the database`, async () => {
        const { json, answer } = await ask({ url: `http://reviews-${version}:9080/reviews/1` });
        assert.deepEqual(find(json, 'rating'), expected);
        assert.equal(answer.headers['x-served-by'], `reviews-${version}`);
        assert.equal(answer.headers['content-length'], String(answer.bodyBytes));
      });
    }

    it('answers the same to the same question', async () => {
      const url = 'http://reviews-v2:9080/reviews/1';
      const [one, two] = [await ask({ url }), await ask({ url })];
      assert.deepEqual([one.answer.body, one.answer.headers], [two.answer.body, two.answer.headers]);
    });

    it('counts what each service was asked', async () => {
      const served = async (name: string): Promise<unknown> =>
        (await ask({ url: `http://${name}:9080/_onehop/served` })).json;
      assert.deepEqual(await served('reviews-v2'), {
        workload: 'reviews-v2',
        count: 3,
        paths: { '/reviews/1': 3 },
      });
      assert.deepEqual(await served('ratings-v1'), {
        workload: 'ratings-v1',
        count: 4,
        paths: { '/ratings/1': 4 },
      });
    });

    it('goes without a trace', async () => {
      await backend.down(lab);
      assert.deepEqual(leftovers(lab), []);
    });
  });
});
