import { modelInForce } from '@onehop/core/router/modelInForce.js';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ExplainRequest, Explanation } from '@onehop/core/api/agent.generated.js';
import { Viewer } from '@onehop/core/maps/view.js';
import { loadFile } from '@onehop/core/resources/load.js';
import { xdsSetOf } from '@onehop/core/resources/model.js';
import { WasmRouter } from '@onehop/core/router/wasmRouter.js';
import { reasonId, reasonText } from '@onehop/core/wire/reasons.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { BpfObject } from 'libbpf-ts/object.js';
import { ApiError } from '../../src/api/errors.js';
import { explain, type ExplainParts } from '../../src/api/explain.js';
import { createNotes } from '@onehop/core/decision/entryNotes.js';
import { Applier } from '../../src/apply/applier.js';
import { Explainer } from '../../src/datapath/explainer.js';
import { GraceWaiter } from '../../src/datapath/grace.js';
import { DatapathWriter } from '../../src/datapath/mapWriter.js';
import { CONFIGURATION } from './explainConfiguration.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const built = (name: string): string =>
  fileURLToPath(new URL(`../../../../bpf/build/${name}`, import.meta.url));
const reason = (name: string): string => reasonText(reasonId(name));

/** `METHOD HOST/TARGET`, and headers as `name: value`. */
function ask(text: string, ...headers: readonly string[]): ExplainRequest {
  const [method = '', url = ''] = text.split(' ');
  const slash = url.indexOf('/');
  const named = [`Host: ${url.slice(0, slash)}`, ...headers].map((line) => {
    const [name = '', ...value] = line.split(':');
    return { name, value: value.join(':').trim() };
  });
  return {
    ...{ address: '198.18.100.1', port: 80, head: new Uint8Array(), method },
    ...{ target: url.slice(slash), headers: named },
  };
}

const noSteps = { virtualHost: '', route: '', cluster: '', endpoint: '' };

describe('explain', () => {
  let object: BpfObject;
  let grace: GraceWaiter;
  let applier: Applier;
  let parts: ExplainParts;
  let forced = false;

  before(async () => {
    object = BpfObject.open(built('onehop.bpf.o'), { name: 'explain-api' });
    object.load();
    grace = new GraceWaiter(object.map('oh_pools').info().id);
    const router = await WasmRouter.load(readFileSync(built('router.wasm')), object.btf, 7n);
    const writer = new DatapathWriter(object, router, grace);
    applier = new Applier({ writer, codec: structCodec(object.btf), log: silent });
    const note = createNotes({ allocation: () => applier.allocation, workload: () => '' });
    parts = {
      explainer: new Explainer(object),
      router,
      inForce: () => applier.allocation && modelInForce(applier.model, applier.allocation),
      configuration: () => {
        const { model, allocation } = applier;
        return allocation === undefined ? undefined : { model, allocation };
      },
      reads: { maps: object.maps, viewer: new Viewer(object.btf), note },
      forced: () => forced,
    };
  });
  after(async () => {
    await applier?.close();
    grace?.close();
    object?.close();
  });

  it('says that there is no configuration yet', () => {
    const { steps, path, reason: why } = explain(parts, ask('GET shop/'));
    assert.deepEqual(
      [steps.map(({ ok }) => ok), path, why],
      [[false], '', 'no configuration has arrived yet'],
    );
  });

  describe('with routes of every kind', () => {
    before(async () => {
      const { resources, problems } = loadFile('explain.xds.yaml', CONFIGURATION);
      assert.deepEqual(problems, []);
      const { refused } = await applier.apply(xdsSetOf(resources.map(({ resource }) => resource)));
      assert.deepEqual(refused, []);
    });

    const kernel = { path: 'kernel', reason: '', refused: '', status: 0, source: 'kernel' } as const;
    const web = '✔ connect 198.18.100.1:80: listener web';
    const shop = '✔ virtual-host shop: domain "shop" exact';
    const untilUser = [
      '✖ route api: path "/x" is not "/api" or below it',
      '✖ route exact: path "/x" is not "/Exact" in any case',
    ];
    const cases: readonly (readonly [
      title: string,
      question: ExplainRequest,
      steps: readonly string[],
      expected: Partial<Explanation>,
    ])[] = [
      [
        'a request of the kernel path',
        ask('GET shop/api/1?a=b'),
        [
          web,
          shop,
          '✔ route api: path "/api" and below',
          '✔ cluster one: the only one',
          '✔ endpoint 198.18.1.10:8080: the only one',
        ],
        {
          ...kernel,
          ...{ listener: 'web', virtualHost: 'shop', route: 'api', cluster: 'one' },
          ...{ endpoint: '198.18.1.10:8080', draw: null, endpoints: 1, turn: 0, generation: 1 },
        },
      ],
      [
        'a header that is missing, and the next route with one of another value',
        ask('POST a.shop.example/x', 'X-Test: 1'),
        [
          web,
          '✔ virtual-host shop: domain "*.shop.example"',
          ...untilUser,
          '✖ route user: there is no header end-user',
          '✖ route agent: method is "POST", not "GET"',
          '✖ route teapot: path "/x" lacks prefix "/tea"',
          '✖ route split: path "/x" lacks prefix "/split"',
          '✖ route : no route matches',
        ],
        { path: 'relay', reason: reason('no-route'), status: 404, virtualHost: 'shop', route: '' },
      ],
      [
        'a header of another value, an inverted one, and one that must be there',
        ask('GET shop/x', 'end-user: bob', 'User-Agent: a robot', 'end-user: ann'),
        [
          web,
          shop,
          ...untilUser,
          '✖ route user: header end-user is "bob" and "ann", not "jason"',
          '✖ route agent: header user-agent "a robot" contains "bot"',
          '✖ route teapot: path "/x" lacks prefix "/tea"',
          '✖ route split: path "/x" lacks prefix "/split"',
          '✖ route : no route matches',
        ],
        { path: 'relay', status: 404 },
      ],
      [
        'a cluster that does not exist',
        ask('GET shop/x', 'user-agent: curl', 'x-test: yes'),
        [
          web,
          shop,
          ...untilUser,
          '✖ route user: there is no header end-user',
          '✔ route agent: path prefix "/", method = "GET", header user-agent does not contain "bot", header x-test present',
          '✖ cluster missing: there is no such cluster',
        ],
        { path: 'relay', reason: reason('no-cluster'), status: 503, cluster: 'missing', endpoint: '' },
      ],
      [
        'a cluster without endpoints',
        ask('GET shop/eXACT'),
        [
          web,
          shop,
          '✖ route api: path "/eXACT" is not "/api" or below it',
          '✔ route exact: path = "/Exact" in any case',
          '✔ cluster none: the only one',
          '✖ endpoint : cluster none has no usable endpoint',
        ],
        { path: 'relay', reason: reason('no-endpoint'), status: 503 },
      ],
      [
        'a route that answers by itself',
        ask('GET shop.test/tea/1'),
        [
          web,
          '✖ virtual-host shop: host "shop.test" does not fit "*.shop.example"',
          '✖ virtual-host tail: host "shop.test" does not fit "*.example"',
          '✔ virtual-host shop: domain "shop.*"',
          '✖ route api: path "/tea/1" is not "/api" or below it',
          '✖ route exact: path "/tea/1" is not "/Exact" in any case',
          '✖ route user: there is no header end-user',
          '✖ route agent: there is no header user-agent',
          '✔ route teapot: path prefix "/tea"',
        ],
        { path: 'relay', reason: reason('direct-response'), status: 418, route: 'teapot', cluster: '' },
      ],
      [
        'a host that no domain matches',
        ask('GET nobody/'),
        [
          web,
          '✖ virtual-host shop: host "nobody" does not fit "*.shop.example"',
          '✖ virtual-host tail: host "nobody" does not fit "*.example"',
          '✖ virtual-host shop: host "nobody" does not fit "shop.*"',
          '✖ virtual-host : no domain matches host "nobody"',
        ],
        { path: 'relay', reason: reason('no-vhost'), status: 404, ...noSteps },
      ],
      [
        'a request that the kernel leaves to the relay',
        ask('POST shop/api', 'Transfer-Encoding: chunked'),
        [
          web,
          shop,
          '✔ route api: path "/api" and below',
          '✔ cluster one: the only one',
          '✔ endpoint 198.18.1.10:8080: the only one',
        ],
        {
          ...{ path: 'relay', reason: reason('request-chunked'), refused: reason('request-chunked') },
          ...{ status: 0, source: 'relay', endpoint: '198.18.1.10:8080' },
        },
      ],
      [
        'a head that is too long for the kernel',
        ask('GET shop/api', `X-Long: ${'x'.repeat(5000)}`),
        [
          web,
          shop,
          '✔ route api: path "/api" and below',
          '✔ cluster one: the only one',
          '✔ endpoint 198.18.1.10:8080: the only one',
        ],
        { path: 'relay', reason: reason('head-too-long'), source: 'relay' },
      ],
      [
        'a target in absolute form: the relay routes by its host',
        {
          ...ask('GET shop/'),
          head: Buffer.from('GET http://a.example/x HTTP/1.1\r\nHost: nobody\r\n\r\n'),
        },
        [
          web,
          '✖ virtual-host shop: host "nobody" does not fit "*.shop.example"',
          '✔ virtual-host tail: domain "*.example"',
          '✔ route tail#0: path prefix "/"',
          '✔ cluster one: the only one',
          '✔ endpoint 198.18.1.10:8080: the only one',
        ],
        { path: 'relay', reason: reason('head-complex') },
      ],
      [
        'a head that the relay turns away',
        ask('GET shop/api', 'Content-Length: 1', 'Content-Length: 2'),
        [web, '✖ request : more than one Content-Length header'],
        {
          path: 'relay',
          reason: `${reason('head-bad')}: more than one Content-Length header`,
          ...{ status: 400, ...noSteps },
        },
      ],
      [
        'a TCP listener: an endpoint of the family of the address',
        { ...ask('GET shop/'), port: 81 },
        [
          '✔ connect 198.18.100.1:81: listener db',
          '✔ cluster mixed: the only one',
          '✔ endpoint 198.18.2.10:8080: round robin, turn 1 of 2',
        ],
        { ...kernel, path: 'direct', virtualHost: '', route: '', endpoints: 2 },
      ],
      [
        'a TCP listener over IPv6',
        { ...ask('GET shop/'), address: 'fd00:198:18:100:0::1', port: 81 },
        [
          '✔ connect [fd00:198:18:100::1]:81: listener db',
          '✔ cluster mixed: the only one',
          '✔ endpoint [fd00:198:18:2::10]:8080: round robin, turn 2 of 2',
        ],
        { path: 'direct', turn: 1 },
      ],
      [
        'an address that no listener has',
        { ...ask('GET shop/'), port: 82 },
        ['✖ connect 198.18.100.1:82: no listener has it'],
        { path: '', reason: reason('no-listener'), listener: '', status: 0 },
      ],
    ];
    for (const [title, question, steps, expected] of cases) {
      it(title, () => {
        const answer = explain(parts, question);
        assert.deepEqual(
          answer.steps.map(({ ok, kind, name, detail }) => `${ok ? '✔' : '✖'} ${kind} ${name}: ${detail}`),
          steps,
        );
        assert.deepEqual({ ...answer, ...expected }, answer);
      });
    }

    it('draws the cluster of a split by weight', () => {
      const drawn = new Map<string, number>();
      for (let i = 0; i < 400; i++) {
        const { cluster, draw, endpoint } = explain(parts, ask('GET shop/split'));
        assert.ok(draw !== null && draw.total === 100 && endpoint !== '');
        assert.deepEqual([cluster, draw.weight], draw.draw < 30 ? ['one', 30] : ['mixed', 70]);
        drawn.set(cluster, (drawn.get(cluster) ?? 0) + 1);
      }
      const one = drawn.get('one') ?? 0;
      assert.ok(Math.abs(one - 120) < 50, `${one} of 400 with weight 30 of 100`);
    });

    it('names the field of each step', () => {
      const { steps } = explain(parts, ask('GET shop/api'));
      assert.deepEqual(
        steps.map(({ source }) => source?.field),
        [
          '',
          'virtualHosts[0].domains[0]',
          'virtualHosts[0].routes[0]',
          '',
          'loadAssignment.endpoints[0].lbEndpoints[0]',
        ],
      );
      assert.equal(steps[2]?.source?.resource, 'routes');
    });

    it('lists the entries that were read, in order', () => {
      const { reads } = explain(parts, ask('GET shop/x', 'end-user: jason'));
      const text = reads.map(({ map, entry }) => [map, entry?.note].filter((one) => one !== '').join(': '));
      assert.deepEqual(text, [
        ...['oh_active', 'oh_root', 'oh_addr: listener web', 'oh_listener: listener web'],
        ...[
          'oh_rconf: route configuration routes',
          'oh_domain: virtual host shop',
          'oh_vhost: virtual host shop',
        ],
        ...['oh_list', 'oh_route: route api of virtual host shop', 'oh_str'],
        ...['oh_list', 'oh_route: route exact of virtual host shop', 'oh_str'],
        ...['oh_list', 'oh_route: route user of virtual host shop', 'oh_str', 'oh_str', 'oh_str'],
        ...[
          'oh_split: cluster one',
          'oh_cluster: cluster one',
          'oh_share',
          'oh_group: endpoints of cluster one',
          'oh_turn: endpoints of cluster one',
        ],
        ...['oh_list', 'oh_endpoint: endpoint 198.18.1.10:8080 of cluster one'],
      ]);
      const strings = reads.filter(({ map }) => map === 'oh_str').map(({ entry }) => entry?.value);
      assert.deepEqual(
        strings.map((value) => (JSON.parse(value ?? '') as { s: string }).s),
        ['/api', '/exact', '/', 'end-user', 'jason'],
      );
      const missing = explain(parts, ask('GET nobody/')).reads.filter(({ entry }) => entry?.value === '');
      assert.deepEqual(
        missing.map(({ map }) => map),
        ['oh_domain'],
      );
    });

    it('says that the relay is forced', () => {
      forced = true;
      const { path, reason: why } = explain(parts, ask('GET shop/api'));
      forced = false;
      assert.deepEqual([path, why], ['relay', reason('forced')]);
    });

    const wrong: readonly (readonly [question: ExplainRequest, message: RegExp])[] = [
      [{ ...ask('GET shop/'), address: 'shop' }, /"shop" is not an IP address/],
      [{ ...ask('GET shop/'), port: 0 }, /0 is not a port/],
      [{ ...ask('GET shop/'), method: 'G T' }, /"G T" is not a method/],
      [{ ...ask('GET shop/'), target: '/a b' }, /is not a request target/],
      [ask('GET shop/', 'X Y: 1'), /"X Y" is not the name of a header/],
      [{ ...ask('GET shop/'), headers: [{ name: 'x', value: 'a\r\nb' }] }, /has a line end or NUL/],
      [{ ...ask('GET shop/'), head: Buffer.from('GET / HTTP/1.1\r\n') }, /has no end/],
    ];
    for (const [question, message] of wrong) {
      it(`refuses: ${message.source}`, () =>
        assert.throws(
          () => explain(parts, question),
          (error) => error instanceof ApiError && message.test(error.message),
        ));
    }
  });

  describe('with a listener that strips', () => {
    it('looks for the Host that a listener leaves', async () => {
      const type = 'http_connection_manager.v3.HttpConnectionManager\n';
      const text = CONFIGURATION.replace(type, `${type}        strip_any_host_port: true\n`);
      const { resources } = loadFile('explain.xds.yaml', text);
      const { refused } = await applier.apply(xdsSetOf(resources.map(({ resource }) => resource)));
      assert.deepEqual(refused, []);
      const { steps, path, reason: why, source } = explain(parts, ask('GET shop:8080/api/1'));
      assert.equal(steps[1]?.detail, 'domain "shop" exact');
      assert.deepEqual([path, why, source], ['relay', reason('host-changes'), 'relay']);
    });
  });
});
