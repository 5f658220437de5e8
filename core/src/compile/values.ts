import { automatonOf } from '../regex/automaton.js';
import type { NumberRange, Source } from '../routing/model.js';
import type {
  OhClusterV,
  OhCond,
  OhListenerV,
  OhRange,
  OhRconfV,
  OhRouteV,
  OhShare,
  OhVhostV,
} from '../wire/structs.js';
import { limits, oh_match, oh_subject } from '../wire/wire.generated.js';
import type { EntityTables } from './allocate.js';
import type { InternedTable, Use } from './entities.js';
import type { Interned } from './interned.js';
import type {
  ClusterRow,
  ConditionRow,
  GroupRow,
  HashRow,
  ListenerRow,
  RouteConfigurationRow,
  RouteRow,
  SplitRow,
  VirtualHostRow,
} from './tables.js';
import type { Writes } from './writes.js';

/** What the kernel sees of an entry that is not there. */
const NO_RANGE: OhRange = { off: 0, n: 0, total: 0 };
export const ABSENT = {
  listener: { present: 0, path: 0, reason: 0, rconf: 0, split: NO_RANGE } satisfies OhListenerV,
  routeConfiguration: {
    present: 0,
    flags: 0,
    domain_set: 0,
    wild_off: 0,
    wild_n: 0,
    any_vhost: 0,
  } satisfies OhRconfV,
  virtualHost: { present: 0, route_off: 0, route_n: 0 } satisfies OhVhostV,
  route: {
    present: 0,
    path: 0,
    reason: 0,
    conds_n: 0,
    match: 0,
    flags: 0,
    status: 0,
    str: 0,
    cond: [],
    split: NO_RANGE,
    hash_off: 0,
    hash_n: 0,
  } satisfies OhRouteV,
  cluster: { present: 0, hashed: 0, drop: 0, tiers: NO_RANGE } satisfies OhClusterV,
} as const;

/**
 * Makes struct values of rows: names become ids, texts and lists become places in their maps, which are written when they
 * are new. What a value points at is collected in `uses`.
 */
export class ValueMaker {
  readonly #entities: EntityTables;
  readonly #contents: Readonly<Record<InternedTable, Interned>>;
  readonly #writes: Writes;
  #uses: Use[] = [];
  #source: Source = { typeUrl: '', resource: '', path: [] };

  constructor(entities: EntityTables, contents: Readonly<Record<InternedTable, Interned>>, writes: Writes) {
    this.#entities = entities;
    this.#contents = contents;
    this.#writes = writes;
  }

  /** Runs one of the makers below for an entry that comes from `source`. */
  make<V>(source: Source, maker: () => V): { readonly value: V; readonly uses: readonly Use[] } {
    this.#uses = [];
    this.#source = source;
    return { value: maker(), uses: this.#uses };
  }

  listener(row: ListenerRow): OhListenerV {
    const rconf = row.routeConfiguration === '' ? 0 : this.#id('routeConfiguration', row.routeConfiguration);
    return { present: 1, path: row.path, reason: row.reason, rconf, split: this.#split(row.split) };
  }

  routeConfiguration(row: RouteConfigurationRow, domainSet: number): OhRconfV {
    const wild = row.wild.map(({ text, suffix, virtualHost }) => ({
      str: this.#string(text),
      vhost: this.#id('virtualHost', virtualHost),
      suffix: suffix ? (1 as const) : (0 as const),
    }));
    const content = wild.map(({ str, vhost, suffix }) => `${str}:${vhost}:${suffix}`).join();
    const { off } = this.#content('wilds', content, wild.length, (at) => {
      for (const [i, one] of wild.entries()) this.#writes.entry('oh_wild', at + i, one);
    });
    const any = row.any === '' ? 0 : this.#id('virtualHost', row.any);
    const flags = row.ignorePort ? limits.RCONF_NO_PORT : 0;
    return { present: 1, flags, domain_set: domainSet, wild_off: off, wild_n: wild.length, any_vhost: any };
  }

  virtualHost(row: VirtualHostRow): OhVhostV {
    const { off, n } = this.#list(row.routes.map((key) => this.#id('route', key)));
    return { present: 1, route_off: off, route_n: n };
  }

  route(row: RouteRow): OhRouteV {
    const text = this.#text(row.match, row.text);
    const found = row.conditions.map((condition) => this.#condition(condition));
    const cond = found.map((one) => one ?? LEFT_OUT);
    const opaque = text === undefined || found.includes(undefined) ? limits.F_OPAQUE : 0;
    return {
      present: 1,
      path: row.path,
      reason: row.reason,
      conds_n: cond.length,
      match: text === undefined ? oh_match.M_ANY : row.match,
      flags: row.flags | opaque,
      status: row.status,
      str: text ?? 0,
      cond,
      split: this.#split(row.split),
      ...this.#hashes(row.hashes),
    };
  }

  cluster(row: ClusterRow): OhClusterV {
    if (!row.present) return ABSENT.cluster;
    const { drop, tiers } = row;
    const range = this.#shares(
      tiers.map(({ upto, group }) => ({ id: this.#group(group), upto })),
      100,
    );
    return { present: 1, hashed: row.hashed ? 1 : 0, drop, tiers: range };
  }

  #group({ kind, choices, total, step, members }: GroupRow): number {
    const { off, n } = this.#members(members);
    const group = { kind, choices, off, n, total, step };
    const content = Object.values(group).join(':');
    return this.#content('groups', content, 1, (at) => this.#writes.entry('oh_group', at, group)).off;
  }

  #members(members: GroupRow['members']): { off: number; n: number } {
    switch (members.kind) {
      case 'list':
        return this.#list(members.endpoints.map((key) => this.#id('endpoint', key)));
      case 'table':
        return this.#list(
          members.endpoints.map((key) => this.#id('endpoint', key)),
          'maglevTables',
        );
      case 'shares':
        return this.#shares(
          members.shares.map(({ endpoint, upto }) => ({ id: this.#id('endpoint', endpoint), upto })),
        );
      case 'groups':
        return this.#shares(members.groups.map(({ group, upto }) => ({ id: this.#group(group), upto })));
      case 'ring': {
        const points = members.points.map(({ hash, endpoint }) => ({
          hash,
          endpoint: this.#id('endpoint', endpoint),
        }));
        const content = points.map(({ hash, endpoint }) => `${hash.toString(36)}:${endpoint}`).join();
        return this.#content('rings', content, points.length, (at) => {
          for (const [i, point] of points.entries()) this.#writes.entry('oh_ring', at + i, point);
        });
      }
    }
  }

  #hashes(rows: readonly HashRow[]): { hash_off: number; hash_n: number } {
    const items = rows.map(({ by, flags, hash, header, name }) => ({
      by,
      flags,
      hash,
      header: header === '' ? 0 : this.#string(header),
      name: name === '' ? 0 : this.#string(name),
    }));
    const content = items.map((item) => Object.values(item).join(':')).join();
    const { off, n } = this.#content('hashes', content, items.length, (at) => {
      for (const [i, item] of items.entries()) this.#writes.entry('oh_hash', at + i, item);
    });
    return { hash_off: off, hash_n: n };
  }

  #id(kind: keyof EntityTables, key: string): number {
    // 0 only when its map is full, and then the plan is given up.
    return this.#entities[kind].get(key)?.id ?? 0;
  }

  /** Undefined: there is no room for its regular expression. */
  #condition({
    subject,
    match,
    flags,
    hash,
    name,
    value,
    range,
    fraction,
  }: ConditionRow): OhCond | undefined {
    const base = { subject, match, flags, hash };
    if (fraction !== undefined) return { ...base, name: fraction.numerator, value: fraction.denominator };
    const named = name === undefined ? 0 : this.#string(name);
    if (range !== undefined) return { ...base, name: named, value: this.#range(range) };
    const text = value === undefined ? 0 : this.#text(match, value);
    return text === undefined ? undefined : { ...base, name: named, value: text };
  }

  /** Undefined: there is no room for the regular expression. */
  #text(match: number, text: string): number | undefined {
    return match === oh_match.M_REGEX ? this.#regex(text) : this.#string(text);
  }

  #regex(pattern: string): number | undefined {
    const automaton = automatonOf(pattern);
    if (automaton === undefined) return undefined;
    const { cells, classOf, ...numbers } = automaton;
    const n = Math.ceil(cells.length / limits.DFA_CELLS);
    const table = this.#acquire('automata', pattern, n, (at) => {
      for (let i = 0; i < n; i++) {
        const next = cells.subarray(i * limits.DFA_CELLS, (i + 1) * limits.DFA_CELLS);
        this.#writes.entry('oh_dfa', at + i, { next });
      }
    });
    if (table === undefined) return undefined;
    const regex = this.#acquire('regexes', pattern, 1, (at) =>
      this.#writes.entry('oh_regex', at, { ...table, ...numbers, class: classOf }),
    );
    return regex?.off;
  }

  /** struct oh_between, in an entry of oh_str. */
  #range({ first, end }: NumberRange): number {
    const s = new Uint8Array(16);
    const view = new DataView(s.buffer);
    view.setBigInt64(0, first, true);
    view.setBigInt64(8, end, true);
    return this.#content('strings', `\n${first} ${end}`, 1, (at) =>
      this.#writes.entry('oh_str', at, { len: s.length, s }),
    ).off;
  }

  #string(text: string): number {
    const s = encoder.encode(text);
    // Over the limit is a problem of the tables; planning goes on to find the others.
    if (s.length > limits.STR_MAX) return 0;
    return this.#content('strings', text, 1, (at) => this.#writes.entry('oh_str', at, { len: s.length, s }))
      .off;
  }

  #list(
    ids: readonly number[],
    table: 'lists' | 'maglevTables' = 'lists',
  ): { readonly off: number; readonly n: number } {
    return this.#content(table, ids.join(), ids.length, (at) => this.#writes.ids(MAP_OF[table], at, ids));
  }

  #split({ shares, total }: SplitRow): OhRange {
    const entries = shares.map(({ cluster, upto }) => ({ cluster: this.#id('cluster', cluster), upto }));
    const content = entries.map(({ cluster, upto }) => `${cluster}:${upto}`).join();
    const { off, n } = this.#content('splits', content, entries.length, (at) => {
      for (const [i, entry] of entries.entries()) this.#writes.entry('oh_split', at + i, entry);
    });
    return { off, n, total };
  }

  #shares(entries: readonly OhShare[], total = 0): OhRange {
    const content = entries.map(({ id, upto }) => `${id}:${upto}`).join();
    const { off, n } = this.#content('shares', content, entries.length, (at) => {
      for (const [i, entry] of entries.entries()) this.#writes.entry('oh_share', at + i, entry);
    });
    return { off, n, total };
  }

  #content(
    table: InternedTable,
    content: string,
    n: number,
    write: (off: number) => void,
  ): { off: number; n: number } {
    if (n === 0) return { off: 0, n: 0 };
    const range = this.#acquire(table, content, n, write);
    if (range !== undefined) return range;
    this.#writes.full(this.#source, MAP_OF[table], this.#contents[table].limit);
    return { off: 0, n: 0 };
  }

  /** Undefined: there is no room. */
  #acquire(
    table: InternedTable,
    content: string,
    n: number,
    write: (off: number) => void,
  ): { off: number; n: number } | undefined {
    const acquired = this.#contents[table].acquire(content, n);
    if (acquired === undefined) return undefined;
    this.#uses.push({ table, content });
    if (acquired.fresh) write(acquired.range.off);
    return acquired.range;
  }
}

/** Stands in the place of a condition that only the relay checks, and always holds. */
const LEFT_OUT: OhCond = {
  subject: oh_subject.SUBJ_METHOD,
  match: oh_match.M_ANY,
  flags: 0,
  hash: 0,
  name: 0,
  value: 0,
};

const MAP_OF = {
  strings: 'oh_str',
  regexes: 'oh_regex',
  automata: 'oh_dfa',
  lists: 'oh_list',
  splits: 'oh_split',
  wilds: 'oh_wild',
  groups: 'oh_group',
  shares: 'oh_share',
  rings: 'oh_ring',
  maglevTables: 'oh_maglev',
  hashes: 'oh_hash',
} as const;
const encoder = new TextEncoder();
