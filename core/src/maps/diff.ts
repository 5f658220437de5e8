import type { JsonValue } from '../resources/model.js';
import type { EntryView } from './entry.js';

export interface MapDiff {
  readonly added: readonly EntryView[];
  readonly changed: readonly {
    readonly key: JsonValue;
    readonly before: JsonValue;
    readonly after: JsonValue;
  }[];
  readonly removed: readonly EntryView[];
}

/** What happened to a map between two snapshots, by key: added and changed in the order of `after`. */
export function diffEntries(before: Iterable<EntryView>, after: Iterable<EntryView>): MapDiff {
  const old = new Map<string, EntryView>();
  for (const entry of before) old.set(JSON.stringify(entry.key), entry);
  const added: EntryView[] = [];
  const changed: { key: JsonValue; before: JsonValue; after: JsonValue }[] = [];
  for (const entry of after) {
    const key = JSON.stringify(entry.key);
    const was = old.get(key);
    old.delete(key);
    if (was === undefined) added.push(entry);
    else if (JSON.stringify(was.value) !== JSON.stringify(entry.value)) {
      changed.push({ key: entry.key, before: was.value, after: entry.value });
    }
  }
  return { added, changed, removed: [...old.values()] };
}
