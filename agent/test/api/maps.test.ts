import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MapDump } from '@onehop/core/api/agent.generated.js';
import { parseIp } from '@onehop/core/wire/ip.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { BpfObject } from 'libbpf-ts/object.js';
import { ApiError } from '../../src/api/errors.js';
import { MapReader } from '../../src/api/maps.js';
import { createNotes, type Note } from '@onehop/core/decision/entryNotes.js';

const object = fileURLToPath(new URL('../../../../bpf/build/onehop.bpf.o', import.meta.url));

/** The maps of the real datapath object in the kernel; its programs are not loaded. */
describe('maps of the datapath', () => {
  let bpf: BpfObject;
  let reader: MapReader;

  const read = (note: Note = () => ''): MapReader => new MapReader(bpf.maps, bpf.btf, note);

  before(() => {
    bpf = BpfObject.open(object, { autoload: [], name: 'onehop' }).load();
    reader = read();
    const ip = (text: string): { b: Uint8Array } => ({ b: parseIp(text) ?? new Uint8Array() });
    bpf.map('oh_addr').set({ set: 7, port: 9080, ip: ip('198.18.100.3') }, { listener: 2 });
    bpf.map('oh_addr').set({ set: 7, port: 443, ip: ip('fd00:198:18:100::3') }, { listener: 3 });
    bpf.map('oh_knobs').set(0, { events: 1, sample_every: 10, rate_per_sec: 4_294_967_295, force_relay: 0 });
    bpf.map('oh_trace').set((1n << 64n) - 1n, 1);
    bpf.map('oh_str').set(5, { len: 4, s: Buffer.from('/a"é\n') });
    const cpus = bpf.map<number, bigint[]>('oh_reason_n').get(0)?.length ?? 0;
    bpf.map('oh_reason_n').set(
      reasonId('pool-dry'),
      Array.from({ length: cpus }, (_, cpu) => BigInt(cpu + 1) << 40n),
    );
    bpf.map('oh_workload').set(77n, { id: 1, ip4: ip('198.18.1.11'), ip6: ip('fd00::11') });
  });

  after(() => bpf.close());

  it('are listed with the names of their types, their sizes and how full they are', () => {
    const byName = new Map(reader.list().map((info) => [info.name, info]));
    assert.deepEqual(
      { ...byName.get('oh_addr'), id: 0 },
      {
        name: 'oh_addr',
        id: 0,
        type: 'hash',
        keySize: 24,
        valueSize: 4,
        maxEntries: 8192,
        entries: 2,
        keyType: 'struct oh_addr_key',
        valueType: 'struct oh_addr',
      },
    );
    const entries = ['oh_knobs', 'oh_trace', 'oh_reason_n', 'oh_events', 'oh_client_s', 'oh_sk'].map(
      (name) => byName.get(name)?.entries,
    );
    assert.deepEqual(entries, [1, 1, 64, -1, -1, -1]);
    assert.equal(byName.get('oh_trace')?.keyType, 'oh_cookie');
    assert.equal(new Set([...byName.values()].map(({ id }) => id)).size, byName.size);
  });

  it('are dumped by their types: addresses and text as such, 64 bits as text, per-CPU values as lists', async () => {
    assert.deepEqual(sorted(await reader.dump('oh_addr')), [
      [{ set: 7, port: 443, pad: 0, ip: 'fd00:198:18:100::3' }, { listener: 3 }],
      [{ set: 7, port: 9080, pad: 0, ip: '198.18.100.3' }, { listener: 2 }],
    ]);
    assert.deepEqual(parsed(await reader.dump('oh_knobs')), [
      [0, { events: 1, sample_every: 10, rate_per_sec: 4_294_967_295, force_relay: 0 }],
    ]);
    assert.deepEqual(parsed(await reader.dump('oh_trace')), [['18446744073709551615', 1]]);
    assert.deepEqual(parsed(await reader.dump('oh_str'))[5], [5, { len: 4, s: '/a"é\n' }]);
    const [, counted] = parsed(await reader.dump('oh_reason_n'))[reasonId('pool-dry')] ?? [];
    assert.deepEqual((counted as string[]).slice(0, 2), [`${1n << 40n}`, `${2n << 40n}`]);
  });

  it('have every entry of an array, and let other work go on meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const { entries, info } = await reader.dump('oh_list');
    clearInterval(timer);
    assert.equal(entries.length, 65_536);
    assert.equal(info?.entries, 65_536);
    assert.ok(turns > 20, `only ${turns} other turns of the event loop`);
  });

  it('have the same entries as bpftool sees', async function () {
    for (const name of ['oh_addr', 'oh_knobs', 'oh_trace', 'oh_reason_n', 'oh_workload']) {
      const id = reader.list().find((info) => info.name === name)?.id;
      const { stdout, error } = spawnSync('bpftool', ['map', 'dump', 'id', String(id), '-j'], {
        encoding: 'utf8',
      });
      if (error !== undefined) this.skip();
      const bpftool = JSON.parse(stdout) as object[];
      assert.equal(bpftool.length, (await reader.dump(name)).entries.length, name);
    }
  });

  it('have notes', async () => {
    const notes = read(
      createNotes({ allocation: () => undefined, workload: (id) => (id === 1 ? 'reviews-v1' : '') }),
    );
    assert.deepEqual(
      (await notes.dump('oh_workload')).entries.map(({ note }) => note),
      ['workload reviews-v1'],
    );
    const reasons = (await notes.dump('oh_reason_n')).entries;
    assert.equal(reasons[0]?.note, '');
    assert.equal(reasons[reasonId('pool-dry')]?.note, 'no warm upstream connection was idle');
    assert.equal(reasons[63]?.note, '');
  });

  for (const [name, code, text] of [
    ['oh_adr', 5, /Did you mean "oh_addr"\? Maps: .*oh_knobs/],
    ['oh_events', 12, /type ringbuf\. Watch the events/],
    ['oh_sk', 12, /type sk_storage/],
  ] as const)
    it(`cannot be dumped: ${name}`, () =>
      assert.rejects(
        reader.dump(name),
        (error) => error instanceof ApiError && error.code === code && text.test(error.message),
      ));
});

function parsed({ entries }: MapDump): [unknown, unknown][] {
  return entries.map(({ key, value }) => [JSON.parse(key), JSON.parse(value)]);
}

function sorted(dump: MapDump): [unknown, unknown][] {
  return parsed(dump).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
