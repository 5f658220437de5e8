import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * What native/*.c exports. Internal: no stability promise.
 *
 * Conventions: a negative number is -errno (or libbpf's 4000 and up); handles
 * are opaque and typed by the C side, which also checks buffer sizes against
 * the map; a handle that was closed answers -EBADF.
 */
export interface Native {
  readonly libbpfVersion: string;
  readonly possibleCpus: number;
  /** What libbpf printed since the last call, on this thread. */
  takeLog(): string;

  objectOpen(
    path: string,
    name: string | null,
    pinRoot: string | null,
    logLevel: number,
  ): ObjectHandle | number;
  objectOpenBytes(
    bytes: Uint8Array,
    name: string | null,
    pinRoot: string | null,
    logLevel: number,
  ): ObjectHandle | number;
  /** -ENOENT without BTF. */
  objectBtf(object: ObjectHandle): Uint8Array | number;
  /** The position is the `map` of the calls below: names change when a map is replaced. */
  objectMaps(object: ObjectHandle): NativeMapSpec[];
  objectPrograms(object: ObjectHandle): NativeProgramSpec[];
  objectSetMaxEntries(object: ObjectHandle, map: number, maxEntries: number): number;
  objectReuseMap(object: ObjectHandle, map: number, replacement: MapHandle): number;
  objectSetInnerMap(object: ObjectHandle, map: number, template: MapHandle): number;
  /** A copy; -ENOENT for a map that has no value of its own. */
  objectInitialValue(object: ObjectHandle, map: number): Uint8Array | number;
  objectSetInitialValue(object: ObjectHandle, map: number, value: Uint8Array): number;
  objectSetAutoload(object: ObjectHandle, program: string, on: boolean): number;
  objectLoad(object: ObjectHandle): number;
  /** A handle of its own (the fd is duplicated). */
  objectMap(object: ObjectHandle, map: number): MapHandle | number;
  objectProgram(object: ObjectHandle, program: string): ProgramHandle | number;
  objectAttach(object: ObjectHandle, program: string): LinkHandle | number;
  objectClose(object: ObjectHandle): number;

  fd(handle: FdHandle): number;
  dup<H extends FdHandle>(handle: H): H | number;
  close(handle: FdHandle): number;
  pin(handle: FdHandle, path: string): number;

  mapCreate(
    type: number,
    name: string,
    keySize: number,
    valueSize: number,
    maxEntries: number,
    flags: number,
    inner: MapHandle | null,
  ): MapHandle | number;
  mapById(id: number): MapHandle | number;
  mapByPin(path: string): MapHandle | number;
  mapInfo(map: MapHandle): NativeMapInfo | number;
  mapLookup(map: MapHandle, key: Uint8Array | null, value: Uint8Array, flags: number): number;
  mapUpdate(map: MapHandle, key: Uint8Array | null, value: Uint8Array, flags: number): number;
  mapDelete(map: MapHandle, key: Uint8Array): number;
  mapLookupDelete(map: MapHandle, key: Uint8Array | null, value: Uint8Array): number;
  mapNextKey(map: MapHandle, key: Uint8Array | null, next: Uint8Array): number;
  /** `count[0]` is how many are wanted, then how many were done. */
  mapLookupBatch(
    map: MapHandle,
    count: Uint32Array,
    inBatch: Uint8Array | null,
    outBatch: Uint8Array,
    keys: Uint8Array,
    values: Uint8Array,
  ): number;
  mapUpdateBatch(
    map: MapHandle,
    count: Uint32Array,
    keys: Uint8Array,
    values: Uint8Array,
    flags: number,
  ): number;
  mapDeleteBatch(map: MapHandle, count: Uint32Array, keys: Uint8Array): number;
  mapFreeze(map: MapHandle): number;

  programById(id: number): ProgramHandle | number;
  programByPin(path: string): ProgramHandle | number;
  programInfo(program: ProgramHandle): NativeProgramInfo | number;
  programAttach(program: ProgramHandle, targetFd: number, attachType: number): number;
  programDetach(program: ProgramHandle, targetFd: number, attachType: number): number;
  programTest(
    program: ProgramHandle,
    dataIn: Uint8Array | null,
    dataOut: Uint8Array | null,
    contextIn: Uint8Array | null,
    contextOut: Uint8Array | null,
    repeat: number,
    flags: number,
  ): NativeTestResult | number;

  linkCreate(program: ProgramHandle, targetFd: number, attachType: number): LinkHandle | number;
  linkById(id: number): LinkHandle | number;
  linkByPin(path: string): LinkHandle | number;
  linkUpdate(link: LinkHandle, program: ProgramHandle): number;
  linkDetach(link: LinkHandle): number;
  linkInfo(link: LinkHandle): NativeLinkInfo | number;

  tcAttach(
    program: ProgramHandle,
    ifindex: number,
    egress: boolean,
    handle: number,
    priority: number,
    replace: boolean,
  ): NativeTcAttachment | number;
  tcDetach(ifindex: number, egress: boolean, handle: number, priority: number, destroyHook: boolean): number;

  ringNew(onBatch: (batch: ArrayBuffer | number) => void): RingHandle | number;
  /** Records of the map carry `index` in the batch. */
  ringAdd(ring: RingHandle, map: MapHandle, index: number): number;
  /** Everything that is there now (up to a bound); empty when nothing is. */
  ringDrain(ring: RingHandle): ArrayBuffer | number;
  ringRef(ring: RingHandle, on: boolean): number;
  ringClose(ring: RingHandle): number;

  enableStats(): StatsHandle | number;
  probeProgramType(type: number): number;
  probeMapType(type: number): number;
  probeHelper(programType: number, helper: number, attachType: number): number;
  btfById(id: number): Uint8Array | number;
  nextId(kind: 'program' | 'map' | 'btf' | 'link', after: number): number;
  socketCookie(fd: number): bigint | number;
  socketUnacknowledged(fd: number): number;
  socketWriteError(fd: number): number;
  socketUnread(fd: number): number;
  socketBoundUnsent(fd: number, bytes: number): number;
}

declare const brand: unique symbol;
interface Handle<K extends string> {
  readonly [brand]: K;
}
export type ObjectHandle = Handle<'object'>;
export type MapHandle = Handle<'map'>;
export type ProgramHandle = Handle<'program'>;
export type LinkHandle = Handle<'link'>;
export type StatsHandle = Handle<'stats'>;
export type RingHandle = Handle<'ring'>;
export type FdHandle = MapHandle | ProgramHandle | LinkHandle | StatsHandle;

export interface NativeMapSpec {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly keyType: number;
  readonly valueType: number;
  readonly internal: boolean;
}

export interface NativeProgramSpec {
  readonly name: string;
  readonly section: string;
  readonly type: number;
  readonly attachType: number;
  readonly autoload: boolean;
}

export interface NativeMapInfo {
  readonly id: number;
  readonly type: number;
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly btfId: number;
  readonly keyType: number;
  readonly valueType: number;
}

export interface NativeProgramInfo {
  readonly id: number;
  readonly type: number;
  readonly name: string;
  readonly tag: string;
  readonly translatedBytes: number;
  readonly jitedBytes: number;
  readonly verifiedInstructions: number;
  readonly runCount: bigint;
  readonly runTimeNs: bigint;
  readonly recursionMisses: bigint;
  readonly btfId: number;
  readonly loadTimeNs: bigint;
  readonly mapIds: number[];
}

export interface NativeLinkInfo {
  readonly id: number;
  readonly type: number;
  readonly programId: number;
  /** cgroup, tracing and netns links */
  readonly attachType?: number;
  /** cgroup links */
  readonly cgroupId?: bigint;
}

export interface NativeTestResult {
  readonly returnValue: number;
  readonly durationNs: number;
  readonly dataLength: number;
  readonly contextLength: number;
}

export interface NativeTcAttachment {
  readonly handle: number;
  readonly priority: number;
  readonly createdHook: boolean;
}

let loaded: Native | undefined;

/** The addon, loaded on first use, so that importing types needs no native code. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  // From dist/src/ as from a published package the addon lies in build/.
  const path = fileURLToPath(new URL('../../build/libbpf_ts.node', import.meta.url));
  try {
    const addon: unknown = createRequire(import.meta.url)(path);
    return addon as Native;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(
      `libbpf-ts: cannot load its addon (${cause}). Build it with scripts/build-native.sh; ` +
        'it needs Linux, a C compiler and the packages libbpf-dev, libelf-dev and zlib1g-dev.',
      { cause: error },
    );
  }
}
