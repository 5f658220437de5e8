import { codecOf } from '@onehop/core/btf/codec.js';
import type { BtfValue } from '@onehop/core/btf/value.js';
import { decodeBtf, type Btf } from '@onehop/core/btf/decode.js';
import { checked, failure, misuse } from './check.js';
import { OwnedHandle } from './handle.js';
import {
  ATTACH_TYPES,
  MAP_TYPES,
  PROGRAM_TYPES,
  nameOf,
  type AttachType,
  type MapType,
} from './kernelTypes.js';
import { BpfMap, type AnyMap } from './map.js';
import { native, type NativeMapSpec, type NativeProgramSpec, type ObjectHandle } from './native.js';
import { BpfProgram } from './program.js';
import { verifierFailure } from './verifierLog.js';

export interface ObjectOptions {
  /** Values of `const volatile` globals, by name. */
  readonly rodata?: Readonly<Record<string, BtfValue>>;
  /** max_entries of maps, by name. */
  readonly mapSizes?: Readonly<Record<string, number>>;
  /** Maps to use in place of those that the object declares, by name. They stay the caller's. */
  readonly mapReplace?: Readonly<Record<string, AnyMap>>;
  /** Templates for maps of maps whose declaration has no inner map, by name. */
  readonly mapInner?: Readonly<Record<string, AnyMap>>;
  /** Programs to load, by name; default: as the object says (all but sections that begin with `?`). */
  readonly autoload?: readonly string[];
  /** Directory of a bpffs for maps that are declared with LIBBPF_PIN_BY_NAME. */
  readonly pinRoot?: string;
  /** Verifier log of programs that load, too, in `log`: 1 brief, 2 every instruction, 4 statistics. Default 0. */
  readonly logLevel?: number;
  /** Name of the object, which prefixes `.bss` and such; default: the file's. */
  readonly name?: string;
}

export interface MapSpec {
  readonly name: string;
  readonly type: MapType | `type ${number}`;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** BTF type ids in the object's `btf`; 0: none. */
  readonly keyType: number;
  readonly valueType: number;
  /** .bss, .data, .rodata, .kconfig */
  readonly internal: boolean;
}

/**
 * A compiled BPF object: opened from a file, then loaded into the kernel.
 *
 * ```ts
 * using object = BpfObject.open('trace.bpf.o', { rodata: { min_us: 100n } });
 * object.load();
 * using link = object.program('on_exec').attach();
 * for (const [pid, stat] of object.map<number, Stat>('by_pid')) …
 * ```
 *
 * `close()` closes its maps and programs. Links and attachments belong to who
 * made them; `BpfMap.clone()` takes a map out.
 */
export class BpfObject extends OwnedHandle<ObjectHandle> {
  readonly btf: Btf;
  readonly mapSpecs: readonly MapSpec[];
  readonly #programSpecs: readonly NativeProgramSpec[];
  readonly #maps = new Map<string, BpfMap>();
  readonly #programs = new Map<string, BpfProgram>();
  #loaded = false;
  #log = '';

  private constructor(handle: ObjectHandle, label: string) {
    super(`object ${label}`, handle, (h) => {
      for (const map of this.#maps.values()) map.close();
      for (const program of this.#programs.values()) program.close();
      native().objectClose(h);
    });
    const btf = native().objectBtf(handle);
    this.btf = decodeBtf(typeof btf === 'number' ? EMPTY_BTF : btf);
    this.mapSpecs = native().objectMaps(handle).map(mapSpec);
    this.#programSpecs = native().objectPrograms(handle);
  }

  /**
   * Reads an object and applies the options; touches nothing in the kernel.
   *
   * @param source path of a `.bpf.o`, or its bytes
   * @throws BpfError when it cannot be read, or an option names what is not there
   */
  static open(source: string | Uint8Array, options: ObjectOptions = {}): BpfObject {
    const label = options.name ?? (typeof source === 'string' ? source : `of ${source.length} bytes`);
    const settings = [options.name ?? null, options.pinRoot ?? null, options.logLevel ?? 0] as const;
    const handle = checked(
      `open object ${label}`,
      typeof source === 'string'
        ? native().objectOpen(source, ...settings)
        : native().objectOpenBytes(source, ...settings),
    );
    let object: BpfObject;
    try {
      object = new BpfObject(handle, label);
    } catch (error) {
      native().objectClose(handle);
      throw error;
    }
    try {
      object.#configure(options);
      return object;
    } catch (error) {
      object.close();
      throw error;
    }
  }

  /**
   * Creates the maps and loads the programs.
   *
   * @throws VerifierError when the verifier refuses a program
   * @throws BpfError for everything else
   *
   * An object that does not load is closed: libbpf cannot try twice. Nothing stays in the kernel.
   */
  load(): this {
    const handle = this.use('load');
    if (this.#loaded) throw misuse(`load ${this}`, 'it is loaded already');
    const errno = -native().objectLoad(handle);
    if (errno !== 0) {
      const log = native().takeLog();
      this.close();
      throw verifierFailure(`load ${this}`, errno, log) ?? failure(`load ${this}`, errno, log);
    }
    this.#log = native().takeLog();
    this.#loaded = true;
    for (const [index, spec] of this.mapSpecs.entries()) this.#openMap(handle, index, spec);
    for (const spec of this.#programSpecs) if (this.#wanted(spec)) this.#openProgram(handle, spec);
    return this;
  }

  /** Maps by name; empty before `load()`. */
  get maps(): ReadonlyMap<string, BpfMap> {
    return this.#maps;
  }

  /** Loaded programs by name; empty before `load()`. */
  get programs(): ReadonlyMap<string, BpfProgram> {
    return this.#programs;
  }

  /** Names of all programs in the file, loaded or not. */
  get programNames(): readonly string[] {
    return this.#programSpecs.map((spec) => spec.name);
  }

  /** What libbpf and the verifier said during `load()`: see `logLevel`. */
  get log(): string {
    return this.#log;
  }

  /**
   * A map by name, with the types that the caller knows it to have.
   * `.bss`, `.data` and `.rodata` are the object's globals: one entry, key 0, a field for each variable.
   *
   * @throws BpfError `usage` naming the maps that there are
   */
  map<K = BtfValue, V = BtfValue>(name: string): BpfMap<K, V> {
    this.use('take a map of');
    const map = this.#maps.get(name) ?? this.#section(name);
    if (map !== undefined) return map as unknown as BpfMap<K, V>;
    throw this.#unknown('map', name, [...this.#maps.keys()]);
  }

  /** @throws BpfError `usage` naming the programs that there are */
  program(name: string): BpfProgram {
    this.use('take a program of');
    const program = this.#programs.get(name);
    if (program !== undefined) return program;
    throw this.#unknown('program', name, [...this.#programs.keys()]);
  }

  #configure(options: ObjectOptions): void {
    const handle = this.use('configure');
    const api = native();
    const each = <T>(
      values: Readonly<Record<string, T>> | undefined,
      set: (map: number, value: T) => number,
    ): void => {
      for (const [name, value] of Object.entries(values ?? {})) {
        checked(`configure map ${name} of ${this}`, set(this.#indexOf(name), value));
      }
    };
    each(options.mapSizes, (map, size) => api.objectSetMaxEntries(handle, map, size));
    each(options.mapReplace, (map, replacement) => {
      this.#mustFit(map, replacement);
      return api.objectReuseMap(handle, map, replacement.use('use'));
    });
    each(options.mapInner, (map, template) =>
      api.objectSetInnerMap(handle, map, template.use('use as template')),
    );
    if (options.autoload !== undefined) this.#setAutoload(handle, new Set(options.autoload));
    this.#setRodata(handle, options.rodata ?? {});
  }

  #indexOf(name: string): number {
    const index = this.mapSpecs.findIndex((spec) => spec.name === name);
    if (index >= 0) return index;
    throw this.#unknown(
      'map',
      name,
      this.mapSpecs.map((spec) => spec.name),
    );
  }

  /** libbpf takes whatever it is given and leaves the surprise to the programs. */
  #mustFit(index: number, map: AnyMap): void {
    const spec = this.mapSpecs[index];
    for (const field of ['type', 'keySize', 'valueSize'] as const) {
      if (spec === undefined || spec[field] === map[field]) continue;
      throw misuse(
        `use ${map} for map ${spec.name} of ${this}`,
        `its ${field} is ${map[field]}, not ${spec[field]}`,
      );
    }
  }

  #setAutoload(handle: ObjectHandle, names: ReadonlySet<string>): void {
    const known = this.#programSpecs.map((spec) => spec.name);
    for (const name of names) if (!known.includes(name)) throw this.#unknown('program', name, known);
    for (const name of known) {
      checked(`choose programs of ${this}`, native().objectSetAutoload(handle, name, names.has(name)));
    }
    this.#autoload = names;
  }

  #autoload: ReadonlySet<string> | undefined;

  #wanted(spec: NativeProgramSpec): boolean {
    return this.#autoload?.has(spec.name) ?? spec.autoload;
  }

  #setRodata(handle: ObjectHandle, values: Readonly<Record<string, BtfValue>>): void {
    const missing = new Map(Object.entries(values));
    const known: string[] = [];
    for (const section of missing.size === 0 ? [] : this.btf.types()) {
      if (section.kind !== 'dataSection' || !section.name.startsWith('.rodata')) continue;
      const map = this.mapSpecs.findIndex((spec) => spec.internal && spec.name.endsWith(section.name));
      const bytes = map < 0 ? map : native().objectInitialValue(handle, map);
      if (typeof bytes === 'number') continue;
      for (const { type, offset } of section.variables) {
        const { name } = this.btf.type(type);
        known.push(name);
        const value = missing.get(name);
        if (value !== undefined) codecOf(this.btf, type).encodeInto(value, bytes, offset);
        missing.delete(name);
      }
      checked(`set ${section.name} of ${this}`, native().objectSetInitialValue(handle, map, bytes));
    }
    for (const name of missing.keys()) throw this.#unknown('const volatile global', name, known);
  }

  #openMap(handle: ObjectHandle, index: number, spec: MapSpec): void {
    const operation = `open map ${spec.name} of ${this}`;
    const map = checked(operation, native().objectMap(handle, index));
    const types = { btf: this.btf, key: spec.keyType, value: spec.valueType };
    const { type } = spec;
    const info = checked(operation, native().mapInfo(map));
    this.#maps.set(spec.name, new BpfMap(map, spec.name, types, { ...info, type }));
  }

  #openProgram(handle: ObjectHandle, spec: NativeProgramSpec): void {
    const program = checked(
      `open program ${spec.name} of ${this}`,
      native().objectProgram(handle, spec.name),
    );
    this.#programs.set(
      spec.name,
      new BpfProgram(program, {
        name: spec.name,
        section: spec.section,
        type: nameOf(PROGRAM_TYPES, spec.type),
        attachType: attachTypeOf(spec),
        autoAttach: () => native().objectAttach(this.use('attach a program of'), spec.name),
      }),
    );
  }

  #section(name: string): BpfMap | undefined {
    if (!name.startsWith('.')) return undefined;
    const full = [...this.#maps.keys()].find((key) => key.endsWith(name));
    return full === undefined ? undefined : this.#maps.get(full);
  }

  #unknown(what: string, name: string, known: readonly string[]): Error {
    const there =
      known.length === 0
        ? `there is none${this.#loaded ? '' : ' before load()'}`
        : `there are: ${known.join(', ')}`;
    return misuse(`find ${what} ${name} in ${this}`, there);
  }
}

/** 0 is a type (cgroup_inet_ingress) as well as none: only one kind of program can mean the former. */
function attachTypeOf(spec: NativeProgramSpec): AttachType | undefined {
  const none = spec.attachType === 0 && PROGRAM_TYPES[spec.type] !== 'cgroup_skb';
  return none ? undefined : ATTACH_TYPES[spec.attachType];
}

/** A header with no types, for objects without .BTF. */
const EMPTY_BTF = ((): Uint8Array => {
  const bytes = new Uint8Array(25);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  bytes[2] = 1;
  view.setUint32(4, 24, true);
  view.setUint32(20, 1, true);
  return bytes;
})();

function mapSpec(spec: NativeMapSpec): MapSpec {
  return { ...spec, type: nameOf(MAP_TYPES, spec.type) };
}
