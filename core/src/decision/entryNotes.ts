import type { Allocation } from '../compile/allocate.js';
import type { JsonValue } from '../resources/model.js';
import { reasonText } from '../wire/reasons.js';
import { noteOf } from './note.js';

/** What an entry of a map is in the configuration; "" when nothing is known. */
export type Note = (map: string, key: JsonValue, value: JsonValue) => string;

export interface NoteSources {
  readonly allocation: () => Allocation | undefined;
  /** Name of a workload by its id; "" for an unknown one. */
  readonly workload: (id: number) => string;
}

/** What an entry of a map is in the configuration: by its key where that is an id, else by what it points at. */
export function createNotes({ allocation, workload }: NoteSources): Note {
  return (map, key, value) => {
    if (map === 'oh_reason_n') return typeof key === 'number' && key > 0 ? knownReason(key) : '';
    if (map === 'oh_workload') return named('workload', workload(member(value, 'id')));
    const now = allocation();
    if (now === undefined) return '';
    switch (map) {
      case 'oh_addr':
        return noteOf(now, 'oh_listener', member(value, 'listener'));
      case 'oh_domain':
      case 'oh_wild':
        return noteOf(now, 'oh_vhost', member(value, 'vhost'));
      case 'oh_split':
        return noteOf(now, 'oh_cluster', member(value, 'cluster'));
      case 'oh_listener_n':
        return typeof key === 'number' ? noteOf(now, 'oh_listener', key) : '';
      case 'oh_conn':
        return named('workload', workload(member(field(value, 'ev'), 'workload')));
      case 'oh_up':
        return noteOf(now, 'oh_endpoint', member(value, 'endpoint'));
      default:
        return typeof key === 'number' ? noteOf(now, map, key) : '';
    }
  };
}

function knownReason(id: number): string {
  const text = reasonText(id);
  return text.includes('does not know') ? '' : text;
}

function named(kind: string, name: string): string {
  return name === '' ? '' : `${kind} ${name}`;
}

function field(value: JsonValue, name: string): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 0;
  return (value as Readonly<Record<string, JsonValue>>)[name] ?? 0;
}

function member(value: JsonValue, name: string): number {
  const found = field(value, name);
  return typeof found === 'number' ? found : 0;
}
