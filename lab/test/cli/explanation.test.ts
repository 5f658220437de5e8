import assert from 'node:assert/strict';
import type { Explanation, ExplainStep } from '@onehop/core/api/agent.generated.js';
import type { LabTopology } from '../../src/backends/topology.js';
import { explanationText } from '../../src/cli/print/explanation.js';
import { plain } from '../../src/cli/print/style.js';
import { destinationOf } from '../../src/cli/request/resolve.js';
import { assertGolden } from './golden.js';

const topology: LabTopology = {
  name: 'demo',
  nodes: [{ name: 'node-1' }, { name: 'node-2' }],
  services: [
    { name: 'reviews', addresses: ['198.18.100.3', 'fd00:198:18:100::3'] },
    { name: 'old', addresses: ['198.18.100.9'] },
    { name: 'new', addresses: ['fd00:198:18:100::8'] },
  ],
  workloads: [{ name: 'reviews-v2', node: 'node-2', addresses: ['198.18.2.11/15', 'fd00:198:18:2::11/48'] }],
};

function step(kind: string, name: string, ok: boolean, detail: string): ExplainStep {
  return { kind, name, ok, detail, source: null };
}

const kernel: Explanation = {
  steps: [
    step('connect', '198.18.100.3:9080', true, 'listener reviews'),
    step('virtual-host', 'reviews', true, 'domain "reviews:9080" exact'),
    step('route', 'api-v2', false, 'path "/reviews/1" lacks prefix "/api"'),
    step('route', 'jason', true, 'header end-user = "jason"'),
    step('cluster', 'reviews-v2', true, 'weight 10 of 100, drawn 93'),
    step('endpoint', '198.18.2.11:9080', true, 'round robin, turn 3 of 3'),
  ],
  path: 'kernel',
  reason: '',
  refused: '',
  status: 0,
  listener: 'reviews',
  virtualHost: 'reviews',
  route: 'jason',
  cluster: 'reviews-v2',
  endpoint: '198.18.2.11:9080',
  draw: { draw: 93, total: 100, weight: 10 },
  turn: 2,
  endpoints: 3,
  generation: 3,
  source: 'kernel',
  reads: [
    { map: 'oh_active', entry: { key: '0', value: '{"gen":3,"pad":0}', note: '' } },
    {
      map: 'oh_addr',
      entry: { key: '{"set":6,"port":9080,"pad":0,"ip":"198.18.100.3"}', value: '', note: '' },
    },
    {
      map: 'oh_route',
      entry: { key: '4', value: '{"gen":[3,0]}', note: 'route jason of virtual host reviews' },
    },
  ],
};

describe('an explanation', () => {
  const cases: readonly (readonly [name: string, answer: Partial<Explanation>])[] = [
    ['kernel', {}],
    [
      'relay',
      {
        path: 'relay',
        reason: 'the request body is chunked',
        refused: 'the request body is chunked',
        source: 'relay',
      },
    ],
    [
      'answered',
      {
        steps: [
          ...kernel.steps.slice(0, 1),
          step('virtual-host', '', false, 'no domain matches host "nobody\u001b[2J"'),
        ],
        path: 'relay',
        reason: 'no virtual host has a domain that matches the Host header',
        status: 404,
      },
    ],
    [
      'refused',
      {
        steps: [
          ...kernel.steps.slice(0, 1),
          step('endpoint', '', false, 'cluster none has no usable endpoint'),
        ],
        path: 'direct',
        reason: 'the cluster has no usable endpoint',
      },
    ],
    [
      'untouched',
      {
        steps: [step('connect', '198.18.100.3:81', false, 'no listener has it')],
        path: '',
        reason: 'no listener has this address and port: left untouched',
        reads: [],
      },
    ],
  ];
  const asked = {
    method: 'GET',
    url: 'http://reviews:9080/reviews/1',
    from: 'productpage-v1',
    headers: [['end-user', 'jason']],
  } as const;
  for (const [name, answer] of cases) {
    it(`of a request: ${name}`, () => {
      const explained = { lab: 'demo', node: 'node-1', topology, asked, answer: { ...kernel, ...answer } };
      assertGolden(`explanation-${name}`, explanationText(explained, plain));
    });
  }
});

describe('the destination of a URL', () => {
  const cases: readonly (readonly [url: string, ipv6: boolean, expected: string | RegExp])[] = [
    ['http://reviews:9080/', false, '198.18.100.3 9080'],
    ['http://reviews:9080/', true, 'fd00:198:18:100::3 9080'],
    ['http://reviews/', false, '198.18.100.3 80'],
    ['http://new/', false, 'fd00:198:18:100::8 80'],
    ['http://old/', true, /old has no IPv6 address/],
    ['http://reviews-v2:81/', false, '198.18.2.11 81'],
    ['http://reviews-v2:81/', true, 'fd00:198:18:2::11 81'],
    ['http://198.18.7.7:8080/x', false, '198.18.7.7 8080'],
    ['http://[fd00::7]/', false, 'fd00::7 80'],
    ['http://review/', false, /does not resolve in lab demo. Did you mean reviews\?/],
  ];
  for (const [url, ipv6, expected] of cases) {
    it(`${url}${ipv6 ? ' -6' : ''}`, () => {
      const ask = (): string => Object.values(destinationOf(topology, new URL(url), ipv6)).join(' ');
      if (typeof expected === 'string') assert.equal(ask(), expected);
      else assert.throws(ask, { message: expected });
    });
  }
});
