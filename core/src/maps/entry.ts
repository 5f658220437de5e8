import type { JsonValue } from '../resources/model.js';
import { viewBytes, type Viewer } from './view.js';

/** What must be known of a map to show its entries. Names of types as bpftool has them. */
export interface MapShape {
  readonly type: string;
  /** Bytes of one value (for per-CPU maps: on one CPU). */
  readonly valueSize: number;
  /** BTF type ids; 0: none. */
  readonly keyType: number;
  readonly valueType: number;
}

export interface EntryView {
  /** null for maps without keys (queue, stack). */
  readonly key: JsonValue;
  readonly value: JsonValue;
}

/**
 * An entry as system calls give it, shown by its types; without types 4 bytes are a number, 8 a
 * decimal text, others hex pairs. Per-CPU values are arrays with an item for each possible CPU, maps
 * of maps show the id of the inner map, sock maps the cookie of the socket (or null, when the map
 * cannot be asked).
 *
 * @param key absent for maps without keys
 * @param value absent when the kernel does not give it
 */
export function viewEntry(
  viewer: Viewer,
  shape: MapShape,
  key: Uint8Array | undefined,
  value: Uint8Array | undefined,
): EntryView {
  return {
    key: key === undefined ? null : viewTyped(viewer, shape.keyType, key),
    value: value === undefined ? null : viewMapValue(viewer, shape, value),
  };
}

function viewMapValue(viewer: Viewer, shape: MapShape, value: Uint8Array): JsonValue {
  if (OPAQUE.has(shape.type)) return viewTyped(viewer, 0, value);
  if (!shape.type.includes('percpu')) return viewTyped(viewer, shape.valueType, value);
  // The kernel pads the value of each CPU to 8 bytes (bpf_percpu_array_copy in kernel/bpf/arraymap.c).
  const slot = Math.ceil(shape.valueSize / 8) * 8;
  return Array.from({ length: Math.floor(value.length / slot) }, (_, cpu) =>
    viewTyped(viewer, shape.valueType, value.subarray(cpu * slot, cpu * slot + shape.valueSize)),
  );
}

/** What is read from these is the kernel's number for it, whatever type was declared. */
const OPAQUE: ReadonlySet<string> = new Set([
  'array_of_maps',
  'hash_of_maps',
  'prog_array',
  'sockmap',
  'sockhash',
]);

function viewTyped(viewer: Viewer, typeId: number, bytes: Uint8Array): JsonValue {
  if (typeId !== 0) return viewer.view(typeId, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return view.getUint32(0, true);
  if (bytes.length === 8) return view.getBigUint64(0, true).toString();
  return viewBytes(bytes);
}
