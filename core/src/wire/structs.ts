import { codecOf, type ValueCodec } from '../btf/codec.js';
import type { BtfValue } from '../btf/value.js';
import { decodeBtf, type Btf } from '../btf/decode.js';
import { decodeBase64 } from '../envoy/base64.js';
import { wireBtf } from './wire.generated.js';

/** Index into an array map; 0 is "none". */
export type OhId = number;
/** Whole numbers that stand for a C boolean. */
export type OhFlag = 0 | 1;

/** 16 bytes: IPv6, or IPv4 as ::ffff:a.b.c.d. */
export interface OhIp {
  readonly b: Uint8Array;
}

/** Two versions of a value, each with the generation that wrote it (0: never written). See bpf/lib/version.h. */
export interface OhVersioned<V> {
  readonly gen: readonly [number, number];
  readonly v: readonly [V, V];
}

export interface OhRange {
  readonly off: number;
  readonly n: number;
  readonly total: number;
}

export interface OhRootV {
  readonly addr_set: number;
}

export interface OhListenerV {
  readonly present: OhFlag;
  readonly path: number;
  readonly reason: number;
  readonly rconf: OhId;
  readonly split: OhRange;
}

export interface OhRconfV {
  readonly present: OhFlag;
  readonly flags: number;
  readonly domain_set: number;
  readonly wild_off: number;
  readonly wild_n: number;
  readonly any_vhost: OhId;
}

export interface OhVhostV {
  readonly present: OhFlag;
  readonly route_off: number;
  readonly route_n: number;
}

export interface OhCond {
  readonly subject: number;
  readonly match: number;
  readonly flags: number;
  readonly hash: number;
  readonly name: OhId;
  readonly value: OhId;
}

export interface OhRouteV {
  readonly present: OhFlag;
  readonly path: number;
  readonly reason: number;
  readonly conds_n: number;
  readonly match: number;
  readonly flags: number;
  readonly status: number;
  readonly str: OhId;
  /** When encoding, the conditions that there are; when decoding, OH_CONDS_MAX. */
  readonly cond: readonly OhCond[];
  readonly split: OhRange;
  /** A range of oh_hash. */
  readonly hash_off: number;
  readonly hash_n: number;
}

export interface OhClusterV {
  readonly present: OhFlag;
  readonly hashed: OhFlag;
  readonly drop: number;
  readonly tiers: OhRange;
}

/** An item of a range with weights: a group or an endpoint. */
export interface OhShare {
  readonly id: OhId;
  readonly upto: number;
}

export interface OhGroup {
  readonly kind: number;
  readonly choices: number;
  readonly off: number;
  readonly n: number;
  readonly total: number;
  readonly step: number;
}

export interface OhHash {
  readonly by: number;
  readonly flags: number;
  readonly hash: number;
  readonly header: OhId;
  readonly name: OhId;
}

export interface OhRegex {
  readonly off: number;
  readonly n: number;
  readonly classes: number;
  readonly start: number;
  readonly accept: number;
  readonly class: Uint8Array;
}

/** The structs of bpf/lib/wire.h that configuration is written with, by their C names. Padding is left out. */
export interface WireStructs {
  readonly oh_active: { readonly gen: number };
  readonly oh_root: OhVersioned<OhRootV>;
  readonly oh_addr_key: { readonly set: number; readonly port: number; readonly ip: OhIp };
  readonly oh_addr: { readonly listener: OhId };
  readonly oh_listener: OhVersioned<OhListenerV>;
  readonly oh_rconf: OhVersioned<OhRconfV>;
  readonly oh_domain_key: { readonly set: number; readonly len: number; readonly name: Uint8Array };
  readonly oh_domain: { readonly vhost: OhId };
  readonly oh_wild: { readonly str: OhId; readonly vhost: OhId; readonly suffix: OhFlag };
  readonly oh_vhost: OhVersioned<OhVhostV>;
  readonly oh_route: OhVersioned<OhRouteV>;
  readonly oh_split: { readonly cluster: OhId; readonly upto: number };
  readonly oh_cluster: OhVersioned<OhClusterV>;
  readonly oh_group: OhGroup;
  readonly oh_share: OhShare;
  readonly oh_ring: { readonly hash: bigint; readonly endpoint: OhId };
  readonly oh_hash: OhHash;
  readonly oh_endpoint: { readonly ip: OhIp; readonly port: number; readonly cluster: OhId };
  readonly oh_regex: OhRegex;
  readonly oh_dfa: { readonly next: Uint8Array };
  readonly oh_str: { readonly len: number; readonly s: Uint8Array };
}

/** Bytes of the structs above. */
export interface StructCodec {
  /** @throws BtfError `value` when a number does not fit its field */
  encode<K extends keyof WireStructs>(name: K, value: WireStructs[K]): Uint8Array;
  /** Entries of oh_list, one after the other; each has 4 bytes. */
  encodeIds(ids: readonly OhId[]): Uint8Array;
  /** Bytes of the struct, and so of a map's value. */
  size(name: keyof WireStructs): number;
}

/** The codec of a datapath object's BTF; without an argument, of the object that this build was made with. */
export function structCodec(btf: Btf = builtBtf()): StructCodec {
  const codecs = new Map<string, ValueCodec>();
  const codec = (name: string): ValueCodec => {
    let found = codecs.get(name);
    if (found === undefined) {
      const type = btf.find(name, 'struct');
      if (type === undefined)
        throw new Error(`the datapath object has no struct ${name}: build it anew with npm run build`);
      codecs.set(name, (found = codecOf(btf, type.id)));
    }
    return found;
  };
  return {
    encode: (name, value) => codec(name).encode(value as unknown as BtfValue),
    encodeIds(ids) {
      const bytes = new Uint8Array(4 * ids.length);
      const view = new DataView(bytes.buffer);
      for (const [i, id] of ids.entries()) view.setUint32(4 * i, id, btf.littleEndian);
      return bytes;
    },
    size: (name) => codec(name).size,
  };
}

let built: Btf | undefined;

function builtBtf(): Btf {
  return (built ??= decodeBtf(decodeBase64(wireBtf) ?? new Uint8Array()));
}
