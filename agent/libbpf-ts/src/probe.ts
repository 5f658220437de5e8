import { readFileSync } from 'node:fs';
import { decodeBtf, type Btf } from '@onehop/core/btf/decode.js';
import { checked } from './check.js';
import { OwnedHandle } from './handle.js';
import {
  ATTACH_TYPES,
  MAP_TYPES,
  PROGRAM_TYPES,
  type AttachType,
  type MapType,
  type ProgramType,
} from './kernelTypes.js';
import { native, type StatsHandle } from './native.js';

/** Whether this kernel can load programs of a type (it tries). */
export function probeProgramType(type: ProgramType): boolean {
  return probed(`probe program type ${type}`, native().probeProgramType(PROGRAM_TYPES.indexOf(type)));
}

/** Whether this kernel can create maps of a type (it tries). */
export function probeMapType(type: MapType): boolean {
  return probed(`probe map type ${type}`, native().probeMapType(MAP_TYPES.indexOf(type)));
}

/**
 * Whether programs of a type may call a helper.
 *
 * @param helper number, or name such as `bpf_msg_redirect_hash` (looked up in the kernel's BTF)
 */
export function probeHelper(type: ProgramType, helper: number | string): boolean {
  const id = typeof helper === 'number' ? helper : helperId(helper);
  if (id === undefined) return false;
  return probed(
    `probe helper ${helper}`,
    native().probeHelper(PROGRAM_TYPES.indexOf(type), id, attachTypeFor(type)),
  );
}

/** Version of the libbpf in use, such as `1.1`. */
export function libbpfVersion(): string {
  return native().libbpfVersion;
}

/** CPUs that this machine can ever have: the length of per-CPU values. */
export function possibleCpus(): number {
  return native().possibleCpus;
}

/** The kernel's own types. Read once. @throws the error of fs when the kernel has none (CONFIG_DEBUG_INFO_BTF) */
export function kernelBtf(): Btf {
  vmlinux ??= decodeBtf(readFileSync('/sys/kernel/btf/vmlinux'));
  return vmlinux;
}

/** Programs count and time their runs (`BpfProgram.info`) until this is closed. Costs about 20 ns a run. */
export function enableStats(): ProgramStats {
  return new ProgramStats(checked('enable statistics of programs', native().enableStats()));
}

/** Held while statistics are on: see `enableStats`. */
export class ProgramStats extends OwnedHandle<StatsHandle> {
  /** @internal */
  constructor(handle: StatsHandle) {
    super('statistics of programs', handle, (h) => void native().close(h));
  }
}

/** Ids of everything of a kind that the kernel holds, in ascending order. */
export function* listIds(kind: 'program' | 'map' | 'btf' | 'link'): IterableIterator<number> {
  for (let id = 0; ;) {
    const next = native().nextId(kind, id);
    if (next === -ENOENT) return;
    id = checked(`list ${kind} ids`, next);
    yield id;
  }
}

const ENOENT = 2;
let vmlinux: Btf | undefined;

function probed(operation: string, result: number): boolean {
  const ok = checked(operation, result) > 0;
  // Probing makes libbpf and the verifier talk; none of it is a failure.
  native().takeLog();
  return ok;
}

/** Some types of programs load for an attach type only; which one makes no difference to helpers. */
function attachTypeFor(type: ProgramType): number {
  const needed: Partial<Record<ProgramType, AttachType>> = {
    cgroup_sock_addr: 'cgroup_inet4_connect',
    cgroup_sockopt: 'cgroup_getsockopt',
    sk_lookup: 'sk_lookup',
  };
  return ATTACH_TYPES.indexOf(needed[type] ?? 'cgroup_inet_ingress');
}

function helperId(name: string): number | undefined {
  const wanted = name.replace(/^bpf_/, 'BPF_FUNC_');
  const ids = kernelBtf().find('bpf_func_id', 'enum');
  return ids?.kind === 'enum' ? ids.values.find((value) => value.name === wanted)?.value : undefined;
}
