/** The maps of the datapath in memory, and what a program sees in them: written from bpf/lib/wire.h and version.h. */
import type { MapLimits } from '../../src/compile/limits.js';
import type { MapDelete, MapWrite } from '../../src/compile/writes.js';
import { formatIp } from '../../src/wire/ip.js';
import { readStruct, sizeOf, type Bytes } from './wireHeader.js';

const HASHES: ReadonlySet<string> = new Set(['oh_addr', 'oh_domain']);

export class KernelMaps {
  readonly #limits: MapLimits;
  readonly #maps: Map<string, Map<string | number, Bytes>>;

  constructor(limits: MapLimits, from?: KernelMaps) {
    this.#limits = limits;
    this.#maps = new Map(
      [...(from === undefined ? [] : from.#maps)].map(([name, entries]) => [name, new Map(entries)]),
    );
  }

  /** As the bpf syscall would: throws where that fails. */
  apply(change: MapWrite | MapDelete): void {
    const { map, key } = change;
    const entries = this.#entries(map);
    const isHash = HASHES.has(map);
    if (isHash !== (typeof key !== 'number')) throw new Error(`${map}: wrong kind of key`);
    if (typeof key !== 'number' && key.length !== sizeOf(`${map}_key`))
      throw new Error(`${map}: key of ${key.length} bytes`);
    const at = typeof key === 'number' ? key : hex(key);
    if (!('value' in change)) {
      if (!entries.delete(at)) throw new Error(`${map}: ENOENT`);
      return;
    }
    const size = IDS.has(map) ? 4 : sizeOf(map);
    if (change.value.length !== size) throw new Error(`${map}: value of ${change.value.length} bytes`);
    if (typeof at === 'number' && at >= this.#limits[map]) throw new Error(`${map}: E2BIG ${at}`);
    if (isHash && !entries.has(at) && entries.size >= this.#limits[map]) throw new Error(`${map}: E2BIG`);
    entries.set(at, change.value);
  }

  get(map: string, key: number | Bytes): Bytes | undefined {
    const found = this.#entries(map).get(typeof key === 'number' ? key : hex(key));
    if (found !== undefined || typeof key !== 'number') return found;
    return new Uint8Array(IDS.has(map) ? 4 : sizeOf(map));
  }

  /** Hash keys. */
  keys(map: string): Bytes[] {
    return [...this.#entries(map).keys()].map((key) =>
      Uint8Array.from(String(key).match(/../g) ?? [], (byte) => parseInt(byte, 16)),
    );
  }

  /** All bytes that are not zero, to compare two states of the maps. */
  dump(): string[] {
    return [...this.#maps]
      .flatMap(([map, entries]) =>
        [...entries]
          .filter(([, value]) => HASHES.has(map) || value.some((b) => b !== 0))
          .map(([key, value]) => `${map} ${key} ${hex(value)}`),
      )
      .sort();
  }

  #entries(map: string): Map<string | number, Bytes> {
    let entries = this.#maps.get(map);
    if (entries === undefined) this.#maps.set(map, (entries = new Map()));
    return entries;
  }
}

function hex(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex');
}

interface Versioned<V> {
  readonly gen: readonly [number, number];
  readonly v: readonly [V, V];
}
interface Range {
  readonly off: number;
  readonly n: number;
  readonly total: number;
}
interface Regex {
  readonly off: number;
  readonly n: number;
  readonly classes: number;
  readonly start: number;
  readonly accept: number;
  readonly class: Bytes;
}
interface Hash {
  readonly by: number;
  readonly flags: number;
  readonly hash: number;
  readonly header: number;
  readonly name: number;
}
interface Cond {
  readonly subject: number;
  readonly match: number;
  readonly flags: number;
  readonly hash: number;
  readonly name: number;
  readonly value: number;
}

/** What the maps say in one generation, without ids. Clusters stand for themselves: policy and endpoints. */
export interface Seen {
  readonly listeners: Readonly<Record<string, SeenListener>>;
}
export interface SeenListener {
  readonly path: number;
  readonly reason: number;
  readonly split: SeenSplit;
  readonly domains?: Readonly<Record<string, readonly SeenRoute[]>>;
  /** In the order in which they are tried. */
  readonly wild?: readonly {
    readonly text: string;
    readonly suffix: number;
    readonly routes: readonly SeenRoute[];
  }[];
  readonly any?: readonly SeenRoute[];
}
export type SeenSplit = readonly { readonly weight: number; readonly cluster: SeenCluster | 'missing' }[];
export interface SeenCluster {
  readonly hashed: number;
  readonly drop: number;
  readonly tiers: readonly { readonly load: number; readonly group: SeenGroup }[];
}
export interface SeenGroup {
  readonly kind: number;
  readonly choices: number;
  /** Of weights: each of `total` turns once. */
  readonly turns: readonly string[];
  readonly members: readonly (string | SeenGroup)[];
  readonly hashes?: readonly bigint[];
}
export interface SeenRoute {
  readonly path: number;
  readonly reason: number;
  readonly match: number;
  readonly flags: number;
  readonly status: number;
  readonly text: string;
  readonly conditions: readonly {
    readonly subject: number;
    readonly match: number;
    readonly flags: number;
    readonly hash: number;
    readonly name: string;
    readonly value: string;
  }[];
  readonly split: SeenSplit;
  readonly hashes: readonly {
    readonly by: number;
    readonly flags: number;
    readonly hash: number;
    readonly header: string;
    readonly name: string;
  }[];
}

/** What a regular expression matches, in words that tell it from others. */
export function matchedTexts(matches: (text: string) => boolean): string {
  const texts = ['', '/', '/a', '/A', '/a/b', '/B', '/1', 'jason', 'Mary', 'as', '\xe9', '\xc3\xa9'];
  return `matches ${JSON.stringify(texts.filter(matches))}`;
}

const KIND = { any: 0, weighted: 2, ring: 4, maglev: 5, localities: 6, regex: 10 };
/** Entries are numbers. */
const IDS: ReadonlySet<string> = new Set(['oh_list', 'oh_maglev']);

/** Reads everything that a program in generation `gen` can reach. Throws when something reachable makes no sense. */
export function seeGeneration(maps: KernelMaps, gen: number): Seen {
  const eye = new Eye(maps, gen);
  return { listeners: eye.listeners() };
}

class Eye {
  readonly #maps: KernelMaps;
  readonly #gen: number;

  constructor(maps: KernelMaps, gen: number) {
    this.#maps = maps;
    this.#gen = gen;
  }

  listeners(): Record<string, SeenListener> {
    const { addr_set: set } = this.#version<{ addr_set: number }>('oh_root', 0);
    const found: Record<string, SeenListener> = {};
    for (const bytes of this.#maps.keys('oh_addr')) {
      const key = readStruct<{ set: number; port: number; ip: { b: Bytes } }>('oh_addr_key', bytes);
      if (key.set !== set) continue;
      const { listener } = readStruct<{ listener: number }>('oh_addr', this.#get('oh_addr', bytes));
      found[`${formatIp(key.ip.b)} ${key.port}`] = this.#listener(listener);
    }
    return found;
  }

  #listener(id: number): SeenListener {
    const v = this.#present<{ present: number; path: number; reason: number; rconf: number; split: Range }>(
      'oh_listener',
      id,
    );
    if (v === undefined) throw new Error(`an address leads to listener ${id}, which is not there`);
    const base = { path: v.path, reason: v.reason, split: this.#split(v.split) };
    if (v.rconf === 0) return base;
    const rconf = this.#present<{
      present: number;
      domain_set: number;
      wild_off: number;
      wild_n: number;
      any_vhost: number;
    }>('oh_rconf', v.rconf);
    if (rconf === undefined)
      throw new Error(`listener ${id} leads to route configuration ${v.rconf}, which is not there`);
    const domains: Record<string, readonly SeenRoute[]> = {};
    for (const bytes of this.#maps.keys('oh_domain')) {
      const key = readStruct<{ set: number; len: number; name: Bytes }>('oh_domain_key', bytes);
      if (key.set !== rconf.domain_set) continue;
      const { vhost } = readStruct<{ vhost: number }>('oh_domain', this.#get('oh_domain', bytes));
      if (key.name.subarray(key.len).some((b) => b !== 0))
        throw new Error('a domain is not padded with zeros');
      domains[text(key.name.subarray(0, key.len))] = this.#virtualHost(vhost);
    }
    const wild = Array.from({ length: rconf.wild_n }, (_, i) => {
      const w = readStruct<{ str: number; vhost: number; suffix: number }>(
        'oh_wild',
        this.#get('oh_wild', rconf.wild_off + i),
      );
      return { text: this.#string(w.str), suffix: w.suffix, routes: this.#virtualHost(w.vhost) };
    });
    return {
      ...base,
      domains,
      wild,
      ...(rconf.any_vhost === 0 ? {} : { any: this.#virtualHost(rconf.any_vhost) }),
    };
  }

  #virtualHost(id: number): SeenRoute[] {
    const v = this.#present<{ present: number; route_off: number; route_n: number }>('oh_vhost', id);
    if (v === undefined) throw new Error(`a domain leads to virtual host ${id}, which is not there`);
    return this.#list(v.route_off, v.route_n).map((route) => this.#route(route));
  }

  #route(id: number): SeenRoute {
    const v = this.#present<{
      present: number;
      path: number;
      reason: number;
      conds_n: number;
      match: number;
      flags: number;
      status: number;
      str: number;
      cond: readonly Cond[];
      split: Range;
      hash_off: number;
      hash_n: number;
    }>('oh_route', id);
    if (v === undefined) throw new Error(`a virtual host has route ${id}, which is not there`);
    return {
      path: v.path,
      reason: v.reason,
      match: v.match,
      flags: v.flags,
      status: v.status,
      text: v.match === KIND.any && v.str === 0 ? '' : this.#wanted(v.match, v.str),
      conditions: v.cond.slice(0, v.conds_n).map(({ subject, match, flags, hash, name, value }) => ({
        subject,
        match,
        flags,
        hash,
        name: name === 0 ? '' : this.#string(name),
        value: value === 0 ? '' : this.#wanted(match, value),
      })),
      split: this.#split(v.split),
      hashes: Array.from({ length: v.hash_n }, (_, i) => {
        const { by, flags, hash, header, name } = readStruct<Hash>(
          'oh_hash',
          this.#get('oh_hash', v.hash_off + i),
        );
        const texts = [header, name].map((id) => (id === 0 ? '' : this.#string(id)));
        return { by, flags, hash, header: texts[0] ?? '', name: texts[1] ?? '' };
      }),
    };
  }

  #split({ off, n, total }: Range): SeenSplit {
    let before = 0;
    const shares = Array.from({ length: n }, (_, i) => {
      const { cluster, upto } = readStruct<{ cluster: number; upto: number }>(
        'oh_split',
        this.#get('oh_split', off + i),
      );
      const weight = upto - before;
      before = upto;
      return { weight, cluster: this.#cluster(cluster) };
    });
    if (before !== total) throw new Error(`a split adds up to ${before}, not to ${total}`);
    return shares;
  }

  #cluster(id: number): SeenCluster | 'missing' {
    if (id === 0) throw new Error('a split has cluster 0');
    const v = this.#present<{ present: number; hashed: number; drop: number; tiers: Range }>(
      'oh_cluster',
      id,
    );
    if (v === undefined) return 'missing';
    const tiers = this.#shares(v.tiers.off, v.tiers.n, v.tiers.total).map(({ id: group, weight }) => ({
      load: weight,
      group: this.#group(group, id),
    }));
    return { hashed: v.hashed, drop: v.drop, tiers };
  }

  #group(id: number, owner: number): SeenGroup {
    if (id === 0) throw new Error('a tier has group 0');
    const v = readStruct<{
      kind: number;
      choices: number;
      off: number;
      n: number;
      total: number;
      step: number;
    }>('oh_group', this.#get('oh_group', id));
    const base = { kind: v.kind, choices: v.choices, turns: [] as string[] };
    if (v.kind === KIND.weighted || v.kind === KIND.localities) {
      const shares = this.#shares(v.off, v.n, v.total);
      const members = shares.map(({ id: one }) =>
        v.kind === KIND.weighted ? this.#endpoint(one, owner) : this.#group(one, owner),
      );
      const turns = Array.from({ length: Math.min(v.total, 1000) }, (_, turn) => {
        let place = (turn * v.step) % v.total;
        return String(shares.findIndex(({ weight }) => (place -= weight) < 0));
      });
      return { ...base, turns, members };
    }
    if (v.kind === KIND.ring) {
      const points = Array.from({ length: v.n }, (_, i) =>
        readStruct<{ hash: bigint; endpoint: number }>('oh_ring', this.#get('oh_ring', v.off + i)),
      );
      return {
        ...base,
        members: points.map(({ endpoint }) => this.#endpoint(endpoint, owner)),
        hashes: points.map(({ hash }) => hash),
      };
    }
    return {
      ...base,
      members: this.#list(v.off, v.n, v.kind === KIND.maglev ? 'oh_maglev' : 'oh_list').map((one) =>
        this.#endpoint(one, owner),
      ),
    };
  }

  #shares(off: number, n: number, total: number): { readonly id: number; readonly weight: number }[] {
    let before = 0;
    const shares = Array.from({ length: n }, (_, i) => {
      const { id, upto } = readStruct<{ id: number; upto: number }>(
        'oh_share',
        this.#get('oh_share', off + i),
      );
      const weight = upto - before;
      before = upto;
      return { id, weight };
    });
    if (before !== total) throw new Error(`shares add up to ${before}, not to ${total}`);
    return shares;
  }

  #endpoint(id: number, owner: number): string {
    const e = readStruct<{ ip: { b: Bytes }; port: number; cluster: number }>(
      'oh_endpoint',
      this.#get('oh_endpoint', id),
    );
    if (e.cluster !== owner) throw new Error(`endpoint ${id} is of cluster ${e.cluster}, not of ${owner}`);
    return `${formatIp(e.ip.b)} ${e.port}`;
  }

  #list(off: number, n: number, map = 'oh_list'): number[] {
    return Array.from({ length: n }, (_, i) => {
      const bytes = this.#get(map, off + i);
      const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      if (id === 0) throw new Error(`${map}[${off + i}] is 0`);
      return id;
    });
  }

  /** Of a regular expression what it matches among some texts. */
  #wanted(match: number, id: number): string {
    if (match !== KIND.regex) return this.#string(id);
    if (id === 0) throw new Error('regular expression 0');
    const regex = readStruct<Regex>('oh_regex', this.#get('oh_regex', id));
    const cells = Array.from({ length: regex.n }, (_, i) => [
      ...readStruct<{ next: Bytes }>('oh_dfa', this.#get('oh_dfa', regex.off + i)).next,
    ]).flat();
    return matchedTexts((text) => {
      let state = regex.start;
      for (const byte of Buffer.from(text, 'latin1'))
        state = cells[state * regex.classes + (regex.class[byte] ?? 0)] ?? 0;
      return state >= regex.accept;
    });
  }

  #string(id: number): string {
    if (id === 0) throw new Error('string 0');
    const { len, s } = readStruct<{ len: number; s: Bytes }>('oh_str', this.#get('oh_str', id));
    return text(s.subarray(0, len));
  }

  #present<V extends { readonly present: number }>(map: string, id: number): V | undefined {
    if (id === 0) throw new Error(`${map}[0]`);
    const v = this.#version<V>(map, id);
    return v.present === 1 ? v : undefined;
  }

  /** The newest version that is not newer than the generation; one that was never written is all zero. */
  #version<V>(map: string, id: number): V {
    const { gen, v } = readStruct<Versioned<V>>(map, this.#get(map, id));
    const seen = ([0, 1] as const).filter((i) => gen[i] <= this.#gen).sort((a, b) => gen[b] - gen[a]);
    const newest = seen[0];
    if (newest === undefined)
      throw new Error(`${map}[${id}] has no version for generation ${this.#gen}: ${gen.join()}`);
    return v[newest];
  }

  #get(map: string, key: number | Bytes): Bytes {
    const bytes = this.#maps.get(map, key);
    if (bytes === undefined) throw new Error(`${map}: no such key`);
    return bytes;
  }
}

function text(bytes: Bytes): string {
  return new TextDecoder().decode(bytes);
}
