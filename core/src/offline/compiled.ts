/** A configuration as it would be in the kernel's maps, without a kernel. */
import type { Btf } from '../btf/decode.js';
import type { MapLimits } from '../compile/limits.js';
import { type GenerationPlan, planGeneration } from '../compile/plan.js';
import type { MapWrite } from '../compile/writes.js';
import { createNotes } from '../decision/entryNotes.js';
import { viewEntry } from '../maps/entry.js';
import { Viewer } from '../maps/view.js';
import type { JsonValue, ResourceProblem, XdsSet } from '../resources/model.js';
import { buildRouting } from '../routing/build.js';
import type { RoutingModel } from '../routing/model.js';
import { structCodec } from '../wire/structs.js';
import type { ObjectMap } from './objectMaps.js';

/** A generation that was compiled and never written. */
export interface OfflineGeneration {
  readonly model: RoutingModel;
  readonly plan: GenerationPlan;
  /** What is worth knowing and is no error. */
  readonly notes: readonly ResourceProblem[];
}

/** The generation that puts a set in force after `previous`; the problems when it cannot be had. */
export function compileOffline(
  set: XdsSet,
  limits: MapLimits,
  previous?: OfflineGeneration,
): OfflineGeneration | { readonly problems: readonly ResourceProblem[] } {
  const { model, problems } = buildRouting(set, previous?.model);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { problems: errors };
  const planned = planGeneration({
    previous: previous?.plan.allocation,
    model,
    limits,
    codec: structCodec(),
  });
  if (!planned.ok) return { problems: planned.problems };
  return { model, plan: planned.plan, notes: problems };
}

export interface NamedEntry {
  readonly map: string;
  readonly key: JsonValue;
  readonly value: JsonValue;
  /** What it is in the configuration: "route jason of virtual host reviews"; "" when it is nothing by itself. */
  readonly note: string;
}

/** The entries that a generation writes, typed and with names, in the order in which they are written; the flip is the last. */
export function entriesOf(
  { plan }: OfflineGeneration,
  btf: Btf,
  maps: ReadonlyMap<string, ObjectMap>,
): NamedEntry[] {
  const viewer = new Viewer(btf);
  const note = createNotes({ allocation: () => plan.allocation, workload: () => '' });
  return [...plan.writes, plan.flip].map(({ map, key, value }) => {
    const { keyType = 0, valueType = 0 } = maps.get(map) ?? {};
    const shape = { type: 'array', valueSize: value.length, keyType, valueType };
    const view = viewEntry(viewer, shape, keyBytes(key), value);
    return { map, ...view, note: note(map, view.key, view.value) };
  });
}

/** The entries that a generation makes unreachable, and that go after it. */
export function deletesOf(
  { plan }: OfflineGeneration,
  btf: Btf,
  maps: ReadonlyMap<string, ObjectMap>,
): { readonly map: string; readonly key: JsonValue }[] {
  const viewer = new Viewer(btf);
  return plan.deletes.map(({ map, key }) => {
    const shape = { type: 'hash', valueSize: 0, keyType: maps.get(map)?.keyType ?? 0, valueType: 0 };
    return { map, key: viewEntry(viewer, shape, key, undefined).key };
  });
}

export function keyBytes(key: MapWrite['key']): Uint8Array {
  if (typeof key !== 'number') return key;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, key, true);
  return bytes;
}
