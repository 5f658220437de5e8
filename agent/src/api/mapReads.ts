/** The map entries that a decision is made of, by walking the way that it took (bpf/lib/router.h, balance.h). */
import type { Note } from '@onehop/core/decision/entryNotes.js';
import type { MapRead } from '@onehop/core/api/agent.generated.js';
import { codecOf } from '@onehop/core/btf/codec.js';
import type { BtfValue } from '@onehop/core/btf/value.js';
import type { AskedRequest } from '@onehop/core/decision/failure.js';
import { viewEntry } from '@onehop/core/maps/entry.js';
import type { Viewer } from '@onehop/core/maps/view.js';
import type { Explanation } from '@onehop/core/router/explanation.js';
import { lowerCase } from '@onehop/core/routing/readMatch.js';
import type {
  OhClusterV,
  OhCond,
  OhGroup,
  OhListenerV,
  OhRange,
  OhRconfV,
  OhRouteV,
  OhShare,
  OhVersioned,
  OhVhostV,
} from '@onehop/core/wire/structs.js';
import {
  limits,
  oh_group_kind,
  oh_match,
  oh_step_kind,
  oh_subject,
} from '@onehop/core/wire/wire.generated.js';
import type { BpfMap } from 'libbpf-ts/map.js';
import { shapeOf } from './maps.js';

export interface ReadSources {
  readonly maps: ReadonlyMap<string, BpfMap>;
  readonly viewer: Viewer;
  readonly note: Note;
}

export interface ReadQuestion {
  readonly explanation: Explanation;
  /** 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
  readonly request: AskedRequest;
  /** Who decided. */
  readonly source: 'kernel' | 'relay';
}

/** Each entry once, in the order in which they are first read. */
export function mapReads(sources: ReadSources, question: ReadQuestion): MapRead[] {
  const walk = new Walk(sources, question);
  walk.run();
  return walk.reads;
}

class Walk {
  readonly reads: MapRead[] = [];
  readonly #seen = new Set<string>();
  readonly #gen: number;

  constructor(
    private readonly sources: ReadSources,
    private readonly question: ReadQuestion,
  ) {
    this.#gen = question.explanation.decision.gen;
  }

  run(): void {
    this.#at('oh_active', 0);
    const listener = this.#version<OhListenerV>('oh_listener', this.#listener());
    if (listener === undefined) return;
    // A head that is turned away before it is routed has only its listener.
    const { rconf } = this.question.explanation.decision;
    if (listener.rconf === 0) this.#destination(listener.split);
    else if (rconf !== 0) this.#routed(rconf);
  }

  #listener(): number {
    const { ip, port } = this.question;
    const set = this.#version<{ readonly addr_set: number }>('oh_root', 0)?.addr_set ?? 0;
    const find = (b: Uint8Array): { readonly listener: number } | undefined =>
      this.#entry('oh_addr', { set, port, pad: 0, ip: { b } });
    return (find(ip) ?? find(new Uint8Array(16)))?.listener ?? 0;
  }

  #routed(id: number): void {
    const { steps, decision } = this.question.explanation;
    const config = this.#version<OhRconfV>('oh_rconf', id);
    if (config === undefined) return;
    this.#domain(config.domain_set);
    for (const { kind, detail } of steps) {
      if (kind !== oh_step_kind.STEP_WILD && kind !== oh_step_kind.STEP_NOT_WILD) continue;
      const wild = this.#at<{ readonly str: number }>('oh_wild', config.wild_off + detail);
      if (wild !== undefined) this.#at('oh_str', wild.str);
    }
    const host = this.#version<OhVhostV>('oh_vhost', decision.vhost);
    if (host === undefined) return;
    const tried = steps.filter(({ kind }) => ROUTE_STEPS.has(kind));
    for (const [i, step] of tried.entries()) {
      this.#at('oh_list', host.route_off + i);
      const route = this.#version<OhRouteV>('oh_route', step.id);
      if (route === undefined) continue;
      if (route.match !== oh_match.M_ANY) this.#text(route.match, route.str);
      if (step.kind === oh_step_kind.STEP_PATH) continue;
      const evaluated = step.kind === oh_step_kind.STEP_COND ? step.detail + 1 : route.conds_n;
      for (const cond of route.cond.slice(0, evaluated)) this.#condition(cond);
    }
    const route = this.#version<OhRouteV>('oh_route', decision.route);
    if (route !== undefined && route.status === 0) this.#destination(route.split);
  }

  #domain(set: number): void {
    const name = new Uint8Array(limits.DOMAIN_MAX);
    const host = Buffer.from(lowerCase(this.question.request.host));
    if (host.length > name.length) return;
    name.set(host);
    this.#entry('oh_domain', { set, len: host.length, name });
  }

  #condition({ subject, match, name, value }: OhCond): void {
    if (subject === oh_subject.SUBJ_HEADER) {
      // The name is only compared with a header that has its hash.
      const wanted = this.#peek<{ readonly len: number; readonly s: string }>('oh_str', name)?.s;
      const there = this.question.request.headers.some(([one]) => lowerCase(one) === wanted);
      if (!there) return;
      this.#at('oh_str', name);
    }
    if (match !== oh_match.M_PRESENT && match !== oh_match.M_ANY) this.#text(match, value);
  }

  /** Of the table of a regular expression only where it is: what of it is read depends on every byte of the text. */
  #text(match: number, id: number): void {
    this.#at(match === oh_match.M_REGEX ? 'oh_regex' : 'oh_str', id);
  }

  #destination(split: OhRange): void {
    const { explanation, source } = this.question;
    const { draw, cluster: id } = explanation.decision;
    for (let i = 0; i < split.n; i++) {
      const share = this.#at<{ readonly upto: number }>('oh_split', split.off + i);
      if (share === undefined || draw < share.upto) break;
    }
    const cluster = this.#version<OhClusterV>('oh_cluster', id);
    if (cluster !== undefined) this.#chosen(cluster.tiers, source === 'kernel');
  }

  /** From the tiers of a cluster to an endpoint. Of searches what they found; the relay takes turns of its own. */
  #chosen(tiers: OhRange, turns: boolean): void {
    const { level, group, turn } = this.question.explanation.decision;
    for (let i = 0; i < tiers.n; i++) {
      const tier = this.#peek<OhShare>('oh_share', tiers.off + i);
      if (tier === undefined || (level >= tier.upto && i < tiers.n - 1)) continue;
      this.#at('oh_share', tiers.off + i);
      if (tier.id !== group) this.#locality(tier.id, group, turns);
      break;
    }
    const chosen = group === 0 ? undefined : this.#at<OhGroup>('oh_group', group);
    if (chosen === undefined || chosen.n === 0) return;
    if (turns && TURNS.has(chosen.kind)) this.#at('oh_turn', group);
    const endpoint = this.#member(chosen, turn);
    if (endpoint !== undefined) this.#at('oh_endpoint', endpoint);
  }

  #locality(outer: number, inner: number, turns: boolean): void {
    const localities = this.#at<OhGroup>('oh_group', outer);
    if (turns) this.#at('oh_turn', outer);
    for (let i = 0; i < (localities?.n ?? 0); i++) {
      const at = (localities?.off ?? 0) + i;
      if (this.#peek<OhShare>('oh_share', at)?.id === inner) this.#at('oh_share', at);
    }
  }

  #member({ kind, off }: OhGroup, turn: number): number | undefined {
    switch (kind) {
      case oh_group_kind.GROUP_WEIGHTED:
        return this.#at<OhShare>('oh_share', off + turn)?.id;
      case oh_group_kind.GROUP_RING:
        return this.#at<{ readonly endpoint: number }>('oh_ring', off + turn)?.endpoint;
      case oh_group_kind.GROUP_MAGLEV:
        return this.#at<number>('oh_maglev', off + turn);
      default:
        return this.#at<number>('oh_list', off + turn);
    }
  }

  /** The version of an entry that the decision's generation sees (bpf/lib/version.h); undefined when it is absent. */
  #version<V>(map: string, id: number): V | undefined {
    if (id === 0 && map !== 'oh_root') return undefined;
    const entry = this.#at<OhVersioned<V & { readonly present?: number }>>(map, id);
    if (entry === undefined) return undefined;
    const [first, second] = entry.gen;
    const at = second > this.#gen ? 0 : first > this.#gen ? 1 : second > first ? 1 : 0;
    return entry.v[at].present === 0 ? undefined : entry.v[at];
  }

  #at<V>(map: string, id: number): V | undefined {
    return this.#entry<V>(map, id);
  }

  /** Reads an entry and notes that. */
  #entry<V>(map: string, key: unknown): V | undefined {
    const { key: keyBytes, value } = this.#raw(map, key);
    const mark = `${map} ${Buffer.from(keyBytes).toString('hex')}`;
    if (!this.#seen.has(mark)) {
      this.#seen.add(mark);
      this.reads.push(this.#view(map, keyBytes, value));
    }
    return this.#decoded(map, value);
  }

  #peek<V>(map: string, key: unknown): V | undefined {
    return this.#decoded(map, this.#raw(map, key).value);
  }

  #raw(name: string, key: unknown): { readonly key: Uint8Array; readonly value: Uint8Array | undefined } {
    const map = this.#map(name);
    const bytes = codecOf(map.types.btf, map.types.key).encode(key as BtfValue);
    return { key: bytes, value: map.map.getRaw(bytes) };
  }

  #decoded<V>(name: string, value: Uint8Array | undefined): V | undefined {
    if (value === undefined) return undefined;
    const { types } = this.#map(name);
    return codecOf(types.btf, types.value).decode(value) as V;
  }

  #view(name: string, key: Uint8Array, value: Uint8Array | undefined): MapRead {
    const { viewer, note } = this.sources;
    const view = viewEntry(viewer, shapeOf(this.#map(name).map), key, value);
    return {
      map: name,
      entry: {
        key: JSON.stringify(view.key),
        value: value === undefined ? '' : JSON.stringify(view.value),
        note: note(name, view.key, view.value),
      },
    };
  }

  #map(name: string): { readonly map: BpfMap; readonly types: NonNullable<BpfMap['types']> } {
    const map = this.sources.maps.get(name);
    if (map?.types === undefined) throw new Error(`the datapath has no typed map ${name}`);
    return { map, types: map.types };
  }
}

const TURNS: ReadonlySet<number> = new Set([oh_group_kind.GROUP_TURNS, oh_group_kind.GROUP_WEIGHTED]);
const ROUTE_STEPS: ReadonlySet<number> = new Set([
  oh_step_kind.STEP_PATH,
  oh_step_kind.STEP_COND,
  oh_step_kind.STEP_ROUTE,
]);
