import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { TestLab } from '../../src/e2e/testLab.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

interface Maps {
  readonly nodes: readonly { readonly node: string; readonly maps: readonly MapInfo[] }[];
}
interface MapInfo {
  readonly name: string;
  readonly id: number;
  readonly type: string;
  readonly entries: number;
  readonly keyType: string;
  readonly valueType: string;
}
interface Dump {
  readonly entries: readonly { readonly key: Json; readonly value: Json }[];
}

/** `bpftool -j map dump`: with BTF there is `formatted`. */
interface Oracle {
  readonly formatted?: {
    readonly key: Json;
    readonly value?: Json;
    readonly values?: readonly { readonly cpu: number; readonly value: Json }[];
  };
}

describe('maps, with bpftool as the oracle', () => {
  let lab: TestLab;
  before(async () => {
    lab = await TestLab.up('maps', 'bookinfo');
    await lab.lines('request', 'http://reviews:9080/reviews/1', '--from', 'productpage-v1', '-n', '50');
  });
  after(() => lab.down());

  it('every map of the programs is listed, typed', async () => {
    const { nodes } = await lab.json<Maps>('maps');
    assert.deepEqual(
      nodes.map(({ node }) => node),
      ['node-1', 'node-2'],
    );
    for (const { maps } of nodes) {
      const configuration = maps.filter(({ name }) =>
        ['oh_listener', 'oh_route', 'oh_cluster', 'oh_endpoint', 'oh_str', 'oh_addr'].includes(name),
      );
      assert.equal(configuration.length, 6);
      for (const { name, keyType, valueType } of configuration)
        assert.ok(keyType !== '' && valueType !== '', `${name} has types`);
    }
  });

  /** The leaves of both must be the same; ours are for people: text, addresses and names in place of bytes and numbers. */
  const same = (ours: Json, theirs: Json, at: string): number => {
    if (typeof theirs === 'number' || typeof theirs === 'boolean') {
      if (typeof ours === 'string' && !/^-?\d+$/.test(ours)) return 0; // an enum by its name
      assert.equal(Number(ours), Number(theirs), at);
      return 1;
    }
    if (typeof theirs === 'string') {
      assert.equal(
        String(ours),
        theirs.startsWith('0x') && typeof ours === 'number' ? String(Number(theirs)) : theirs,
        at,
      );
      return 1;
    }
    if (Array.isArray(theirs)) {
      if (typeof ours === 'string') {
        const bytes = theirs.map((one) =>
          typeof one === 'string' ? (one.startsWith('0x') ? Number(one) : one.charCodeAt(0)) : Number(one),
        );
        assert.equal(ours, textOf(bytes), at);
        return 1;
      }
      const list = ours as readonly Json[];
      assert.equal(list.length, theirs.length, at);
      return theirs.reduce<number>((sum, one, i) => sum + same(list[i] ?? null, one, `${at}[${i}]`), 0);
    }
    const object = theirs as { readonly [key: string]: Json };
    if (typeof ours === 'string') return same(ours, object['b'] ?? null, at); // an oh_ip
    const mine = ours as { readonly [key: string]: Json };
    let compared = 0;
    for (const [field, value] of Object.entries(object)) {
      if (field === 'pad') continue;
      assert.notEqual(mine[field], undefined, `${at}.${field} is missing`);
      compared += same(mine[field] ?? null, value, `${at}.${field}`);
    }
    return compared;
  };
  const textOf = (bytes: readonly number[]): string => {
    if (bytes.length === 16) {
      if (bytes.every((b) => b === 0)) return '::';
      if (bytes.slice(0, 10).every((b) => b === 0) && bytes[10] === 255 && bytes[11] === 255)
        return bytes.slice(12).join('.');
      const hex = Array.from({ length: 8 }, (_, i) =>
        (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
      ).join(':');
      return new URL(`http://[${hex}]`).hostname.slice(1, -1);
    }
    const end = bytes.indexOf(0);
    return Buffer.from(bytes.slice(0, end === -1 ? bytes.length : end)).toString();
  };

  for (const name of [
    'oh_addr',
    'oh_active',
    'oh_root',
    'oh_listener',
    'oh_rconf',
    'oh_domain',
    'oh_vhost',
    'oh_route',
    'oh_split',
    'oh_cluster',
    'oh_endpoint',
    'oh_str',
    'oh_list',
    'oh_knobs',
    'oh_workload',
    'oh_tuple',
    'oh_up',
    'oh_reason_n',
  ]) {
    it(`${name} is what bpftool reads`, async () => {
      const { nodes } = await lab.json<Maps>('maps', '--node', 'node-1');
      const info = nodes[0]?.maps.find((map) => map.name === name);
      assert.ok(info !== undefined, `${name} is listed`);
      const ours = (await lab.json<Dump>('map', name, '--node', 'node-1')).entries;
      const theirs = JSON.parse(
        execFileSync('bpftool', ['-j', 'map', 'dump', 'id', String(info.id)], {
          encoding: 'utf8',
          maxBuffer: 1 << 30,
        }),
      ) as readonly Oracle[];
      assert.equal(ours.length, theirs.length, 'as many entries');
      const used = ours.length > 2000 ? 2000 : ours.length;
      let compared = 0;
      for (let i = 0; i < used; i++) {
        const entry = ours[i];
        const oracle = theirs[i]?.formatted;
        assert.ok(entry !== undefined && oracle !== undefined);
        compared += same(entry.key, oracle.key, `key ${i}`);
        const value = oracle.value ?? (oracle.values ?? []).map((one) => one.value);
        compared += same(entry.value, value, `value ${i}`);
      }
      assert.ok(compared > 0, 'something was compared');
    });
  }

  it('a route is shown with the words of its configuration', async () => {
    const text = (await lab.run('map', 'oh_route', '--node', 'node-1')).stdout;
    assert.match(text, /jason/);
    assert.match(text, /canary/);
  });

  it('a map that does not exist names those that do', async () => {
    const result = await lab.run('map', 'oh_nothing');
    assert.equal(result.code, 1);
    assert.match(result.stderr, /oh_route/);
  });
});
