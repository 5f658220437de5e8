/** Differences, field by field: between two sets of resources, and between the entries of two sets of maps. */
import {
  type FieldPath,
  formatFieldPath,
  type JsonValue,
  resourcesIn,
  resourcesOf,
  type XdsSet,
} from '../resources/model.js';
import { oh_match } from '../wire/wire.generated.js';
import { isJsonObject } from '../envoy/wellKnown.js';

/** `null` on a side: it does not have the field, or the whole thing. */
export interface FieldDifference {
  readonly field: string;
  readonly left: JsonValue;
  readonly right: JsonValue;
}

export interface ThingDifference {
  /** "Cluster reviews-v1", "route jason of virtual host reviews". */
  readonly name: string;
  readonly fields: readonly FieldDifference[];
}

/** Resources by type and name. */
export function compareResources(left: XdsSet, right: XdsSet): ThingDifference[] {
  const title = (typeUrl: string, name: string): string => `${typeUrl.replace(/^.*\./, '')} ${name}`;
  const found: ThingDifference[] = resourcesIn(left).flatMap(({ typeUrl, name, value }) => {
    const other = resourcesOf(right, typeUrl)?.get(name)?.value ?? null;
    const fields = compareValues(value, other, []);
    return fields.length === 0 ? [] : [{ name: title(typeUrl, name), fields }];
  });
  const extra = resourcesIn(right).filter(
    ({ typeUrl, name }) => resourcesOf(left, typeUrl)?.has(name) !== true,
  );
  for (const { typeUrl, name, value } of extra)
    found.push({ name: title(typeUrl, name), fields: [{ field: '', left: null, right: value }] });
  return found;
}

/** An entry of a map, as an agent's API and `entriesOf` give it. */
export interface ComparedEntry {
  readonly map: string;
  readonly key: JsonValue;
  readonly value: JsonValue;
  /** What it is in the configuration. */
  readonly note: string;
}

/**
 * Entries of listeners, route configurations, virtual hosts, routes, clusters and endpoints, by what they are in the configuration: ids
 * differ from one agent to the next and are followed instead, to texts, regular expressions and the clusters of a split. Of an entry with two versions
 * the newest one up to `generation` counts.
 */
export function compareEntries(
  left: { readonly entries: readonly ComparedEntry[]; readonly generation: number },
  right: { readonly entries: readonly ComparedEntry[]; readonly generation: number },
): ThingDifference[] {
  const [before, after] = [left, right].map(({ entries, generation }) => named(entries, generation));
  if (before === undefined || after === undefined) return [];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const fields = compareValues(before.get(name) ?? null, after.get(name) ?? null, []);
    return fields.length === 0 ? [] : [{ name, fields }];
  });
}

function compareValues(left: JsonValue, right: JsonValue, path: FieldPath): FieldDifference[] {
  if (JSON.stringify(left) === JSON.stringify(right)) return [];
  const isList = Array.isArray(left) && Array.isArray(right);
  if (!isList && !(isJsonObject(left) && isJsonObject(right)))
    return [{ field: formatFieldPath(path), left, right }];
  const of = (value: JsonValue, key: string | number): JsonValue =>
    (value as Readonly<Record<string | number, JsonValue>>)[key] ?? null;
  const keys: (string | number)[] = isList
    ? Array.from({ length: Math.max(left.length, right.length) }, (_, index) => index)
    : [...new Set([...Object.keys(left as object), ...Object.keys(right as object)])];
  return keys.flatMap((key) => compareValues(of(left, key), of(right, key), [...path, key]));
}

/** The maps that have an entry for each thing of the configuration. */
export const COMPARED_MAPS = ['oh_listener', 'oh_rconf', 'oh_vhost', 'oh_route', 'oh_cluster', 'oh_endpoint', 'oh_split', 'oh_str', 'oh_regex', 'oh_dfa'] as const; // prettier-ignore

/** Fields that say the same whatever the ids are. */
const PLAIN = ['present', 'path', 'reason', 'conds_n', 'match', 'flags', 'status', 'lb', 'ep_n', 'route_n', 'wild_n', 'ip', 'port'] as const; // prettier-ignore
const OF_CONDITION = ['subject', 'match', 'flags', 'hash'] as const;

function named(entries: readonly ComparedEntry[], generation: number): Map<string, JsonValue> {
  const byKey = new Map(entries.map((entry) => [`${entry.map} ${JSON.stringify(entry.key)}`, entry]));
  const at = (map: string, id: JsonValue): ComparedEntry | undefined =>
    byKey.get(`${map} ${JSON.stringify(id)}`);
  const textOf = (id: JsonValue): JsonValue => {
    const entry = id === 0 ? undefined : at('oh_str', id);
    return isJsonObject(entry?.value) ? (entry.value['s'] ?? null) : null;
  };
  /** What a path or condition is compared with. */
  const wantedOf = (match: JsonValue, id: JsonValue): JsonValue => {
    const entry = match === oh_match.M_REGEX ? at('oh_regex', id) : undefined;
    if (entry === undefined || !isJsonObject(entry.value)) return textOf(id);
    const { off, n, ...table } = entry.value;
    const rows = Array.from({ length: Number(n ?? 0) }, (_, i) => at('oh_dfa', Number(off ?? 0) + i)?.value);
    return {
      regex: entry.note,
      ...table,
      next: rows.map((row) => (isJsonObject(row) ? (row['next'] ?? null) : null)),
    };
  };
  const things = new Map<string, JsonValue>();
  for (const { map, note, value } of entries) {
    const now = isJsonObject(value) && note !== '' ? newest(value, generation) : undefined;
    if (now === undefined || now['present'] === 0 || !ENTITIES.has(map)) continue;
    const shown: Record<string, JsonValue> = {};
    for (const name of PLAIN) if (now[name] !== undefined) shown[name] = now[name];
    if (now['str'] !== undefined) shown['text'] = wantedOf(now['match'] ?? null, now['str']);
    if (Array.isArray(now['cond'])) {
      const count = Number(now['conds_n'] ?? 0);
      shown['conditions'] = (now['cond'] as readonly JsonValue[]).slice(0, count).map((one) => {
        const condition = isJsonObject(one) ? one : {};
        const plain = OF_CONDITION.map((name): [string, JsonValue] => [name, condition[name] ?? null]);
        const { match = null, name = 0, value = 0 } = condition;
        return { ...Object.fromEntries(plain), name: textOf(name), value: wantedOf(match, value) };
      });
    }
    const split = now['split'];
    if (isJsonObject(split))
      shown['split'] = Array.from({ length: Number(split['n'] ?? 0) }, (_, index) => {
        const share = at('oh_split', Number(split['off'] ?? 0) + index);
        const upto = isJsonObject(share?.value) ? (share.value['upto'] ?? null) : null;
        return { cluster: share?.note ?? null, upto };
      });
    things.set(note, shown);
  }
  return things;
}

const FOLLOWED: ReadonlySet<string> = new Set(['oh_split', 'oh_str', 'oh_regex', 'oh_dfa']);
const ENTITIES: ReadonlySet<string> = new Set(COMPARED_MAPS.filter((map) => !FOLLOWED.has(map)));

/** Of `{gen: [a, b], v: [x, y]}` what a reader of `generation` sees; of an entry without versions itself. */
function newest(
  value: Readonly<Record<string, JsonValue>>,
  generation: number,
): Readonly<Record<string, JsonValue>> | undefined {
  const { gen, v } = value;
  if (!Array.isArray(gen) || !Array.isArray(v)) return value;
  let best = -1;
  for (const [index, one] of (gen as readonly JsonValue[]).entries()) {
    const own = Number(one);
    if (own > 0 && own <= generation && (best < 0 || own > Number((gen as readonly JsonValue[])[best])))
      best = index;
  }
  const found = best < 0 ? undefined : (v as readonly JsonValue[])[best];
  return isJsonObject(found) ? found : undefined;
}
