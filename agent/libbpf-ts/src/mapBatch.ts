import { constants } from 'node:os';
import { failure } from './check.js';
import { BpfError } from './errors.js';
import { native, type MapHandle } from './native.js';

/** Entries side by side, as batch system calls take them. */
export interface RawEntries {
  readonly count: number;
  /** `count` keys of keySize bytes. */
  readonly keys: Uint8Array;
  /** `count` values of rawValueSize bytes. */
  readonly values: Uint8Array;
}

export interface RawMap {
  readonly label: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  handle(verb: string): MapHandle;
}

const { ENOENT, ENOSPC, EINVAL, EINTR, EOPNOTSUPP, EFAULT } = constants.errno;
const ENOTSUPP = 524;

/** Entries a system call: large enough to make the call cheap, small enough not to hold a bucket lock for long. */
const CHUNK = 512;
/** Bytes of buffer a system call, whatever the size of a value. */
const CHUNK_BYTES = 1 << 20;
const RETRIES = 16;

/** The kernel has no batch operation for this type of map (BPF_DO_BATCH in kernel/bpf/syscall.c). */
export function isUnsupported(errno: number): boolean {
  return errno === ENOTSUPP || errno === EOPNOTSUPP || errno === EINVAL;
}

/**
 * Chunks of all entries, by batch system calls, or one by one where the kernel
 * has none. A hash bucket is read at one moment, the map as a whole is not.
 */
export function* readChunks(map: RawMap): IterableIterator<RawEntries> {
  const token = Math.max(4, map.keySize);
  let inBatch: Uint8Array | null = null;
  let size = chunkSize(map);
  for (let retries = 0; ;) {
    const keys = new Uint8Array(size * map.keySize);
    const values = new Uint8Array(size * map.valueSize);
    const outBatch = new Uint8Array(token);
    const count = new Uint32Array([size]);
    const handle = map.handle('read');
    const errno = -native().mapLookupBatch(handle, count, inBatch, outBatch, keys, values);
    if (inBatch === null && isUnsupported(errno)) {
      yield* readOneByOne(map);
      return;
    }
    // A bucket that does not fit (ENOSPC) is not read at all: give it room.
    if (errno === ENOSPC || errno === EINTR) {
      if (++retries > RETRIES) throw failure(`read ${map.label}`, errno);
      if (errno === ENOSPC) size *= 2;
      continue;
    }
    if (errno !== 0 && errno !== ENOENT) throw failure(`read ${map.label}`, errno);
    const read = count[0] ?? 0;
    if (read > 0) yield { count: read, keys, values };
    if (errno === ENOENT) return;
    inBatch = outBatch;
    retries = 0;
  }
}

/** Keys in the kernel's order. Ends with reason `aborted` when the map changes faster than it is read. */
export function* readKeys(map: RawMap): IterableIterator<Uint8Array> {
  let key: Uint8Array | null = null;
  // A key that was deleted meanwhile sends the kernel back to the first one.
  for (let i = 0; i <= map.maxEntries; i++) {
    const next: Uint8Array = new Uint8Array(map.keySize);
    const errno = -native().mapNextKey(map.handle('read'), key, next);
    if (errno === ENOENT) return;
    if (errno !== 0) throw failure(`read keys of ${map.label}`, errno);
    if (i === map.maxEntries) break;
    // What the caller does to the key that it is given must not move the cursor.
    yield next.slice();
    key = next;
  }
  throw new BpfError({
    reason: 'aborted',
    operation: `read keys of ${map.label}`,
    message: `more than its ${map.maxEntries} entries went by: entries are deleted while it is read`,
    hint: 'read again, or use readBatch() where the type of map has batches',
  });
}

/**
 * Writes all entries, by batches where the kernel has them.
 *
 * @throws BpfError at the first entry that is refused; those before it are written
 */
export function writeEntries(map: RawMap, entries: RawEntries, flags: number): void {
  inChunks(
    map,
    entries.count,
    'update',
    (handle, start, count) => {
      const keys = slice(entries.keys, map.keySize, start, count[0] ?? 0);
      const values = slice(entries.values, map.valueSize, start, count[0] ?? 0);
      return native().mapUpdateBatch(handle, count, keys, values, flags);
    },
    (handle, i) =>
      native().mapUpdate(
        handle,
        slice(entries.keys, map.keySize, i, 1),
        slice(entries.values, map.valueSize, i, 1),
        flags,
      ),
  );
}

/** Deletes the keys that exist; gives their number. */
export function deleteKeys(map: RawMap, keys: Uint8Array, count: number): number {
  let deleted = 0;
  let batches = true;
  for (let start = 0; start < count;) {
    const handle = map.handle('delete from');
    const wanted = batches ? Math.min(count - start, chunkSize(map)) : 1;
    const done = new Uint32Array([wanted]);
    const chunk = slice(keys, map.keySize, start, wanted);
    const errno = -(batches
      ? native().mapDeleteBatch(handle, done, chunk)
      : native().mapDelete(handle, chunk));
    if (batches && isUnsupported(errno)) {
      batches = false;
      continue;
    }
    if (errno !== 0 && errno !== ENOENT) throw failure(`delete from ${map.label}`, errno);
    const removed = errno === 0 || batches ? (done[0] ?? 0) : 0;
    deleted += removed;
    // ENOENT stops a batch at the missing key: go on behind it.
    start += errno === ENOENT ? removed + 1 : removed;
  }
  return deleted;
}

function* readOneByOne(map: RawMap): IterableIterator<RawEntries> {
  for (const keys of readKeys(map)) {
    const values = new Uint8Array(map.valueSize);
    const errno = -native().mapLookup(map.handle('read'), keys, values, 0);
    if (errno === ENOENT) continue;
    if (errno !== 0) throw failure(`read ${map.label}`, errno);
    yield { count: 1, keys, values };
  }
}

function inChunks(
  map: RawMap,
  total: number,
  verb: string,
  batch: (handle: MapHandle, start: number, count: Uint32Array) => number,
  single: (handle: MapHandle, index: number) => number,
): void {
  let batches = true;
  for (let start = 0; start < total;) {
    const handle = map.handle(verb);
    if (batches) {
      const wanted = Math.min(total - start, chunkSize(map));
      const count = new Uint32Array([wanted]);
      const errno = -batch(handle, start, count);
      const done = count[0] ?? 0;
      // The kernel counts only what it began: an untouched count is a call that it does not have.
      if (isUnsupported(errno) && start === 0 && (done === wanted || done === 0)) {
        batches = false;
        continue;
      }
      if (errno !== 0) {
        const at = errno === EFAULT ? '' : ` entry ${start + done}`;
        throw failure(`${verb} ${map.label}${at}`, errno);
      }
      start += done;
    } else {
      const errno = -single(handle, start);
      if (errno !== 0) throw failure(`${verb} ${map.label} entry ${start}`, errno);
      start++;
    }
  }
}

function chunkSize(map: RawMap): number {
  const bytes = Math.max(1, map.keySize + map.valueSize);
  return Math.max(1, Math.min(CHUNK, map.maxEntries, Math.floor(CHUNK_BYTES / bytes)));
}

function slice(bytes: Uint8Array, size: number, start: number, count: number): Uint8Array {
  return bytes.subarray(start * size, (start + count) * size);
}
