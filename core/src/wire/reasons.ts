import { reasons } from './wire.generated.js';

/** The number of a reason of bpf/lib/reasons.h by its name without OH_R_, in kebab case: `route-relay`. */
export function reasonId(name: string): number {
  const found = ids.get(name);
  if (found === undefined) throw new Error(`bpf/lib/reasons.h has no reason "${name}"`);
  return found;
}

/** The name of a reason; `reason-77` for a number that this build does not know. */
export function reasonName(id: number): string {
  return reasons[id]?.name ?? `reason-${id}`;
}

/** A sentence for people, "" for "nothing stood in the way". */
export function reasonText(id: number): string {
  if (id === 0) return '';
  return reasons[id]?.text ?? `reason ${id}, which this version of OneHop does not know`;
}

const ids: ReadonlyMap<string, number> = new Map(reasons.map(({ name, id }) => [name, id]));
