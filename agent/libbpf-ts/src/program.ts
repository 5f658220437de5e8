import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { SockMapAttachment, TcAttachment, type SockMapAttachType, type TcOptions } from './attachment.js';
import { checked, misuse } from './check.js';
import { OwnedHandle } from './handle.js';
import { ATTACH_TYPES, PROGRAM_TYPES, nameOf, type AttachType, type ProgramType } from './kernelTypes.js';
import { BpfLink } from './link.js';
import type { AnyMap } from './map.js';
import type { FdOwner } from './mapCodec.js';
import { native, type LinkHandle, type ProgramHandle } from './native.js';

export interface ProgramInfo {
  readonly id: number;
  /** Cut to 15 characters, as the kernel keeps it. */
  readonly name: string;
  readonly type: ProgramType | `type ${number}`;
  /** Hash of the instructions, as bpftool shows it. */
  readonly tag: string;
  /** Bytes after the verifier rewrote it, and of machine code. */
  readonly translatedBytes: number;
  readonly jitedBytes: number;
  /** Instructions that the verifier walked (Linux 5.16). */
  readonly verifiedInstructions: number;
  /** Only counted while statistics are on: see `enableStats`. */
  readonly runCount: bigint;
  readonly runTimeNs: bigint;
  readonly recursionMisses: bigint;
  /** CLOCK_BOOTTIME. */
  readonly loadTimeNs: bigint;
  readonly btfId: number;
  readonly mapIds: readonly number[];
}

export interface TestRunOptions {
  /** The packet, for programs that have one. */
  readonly dataIn?: Uint8Array;
  /** The context (`struct __sk_buff`, `struct bpf_sk_lookup`, the argument of a syscall program, …). */
  readonly ctxIn?: Uint8Array;
  /** Default 1. */
  readonly repeat?: number;
  readonly flags?: number;
  /** Room for data that comes back; default: as much as went in, and 256. */
  readonly dataOutSize?: number;
}

export interface TestRunResult {
  /** As an unsigned 32-bit number. */
  readonly returnValue: number;
  /** Mean of a run. */
  readonly durationNs: number;
  readonly dataOut: Uint8Array;
  readonly ctxOut: Uint8Array;
}

/** What a program came from. @internal */
export interface ProgramOrigin {
  readonly name: string;
  readonly section: string;
  readonly type: ProgramType | `type ${number}`;
  readonly attachType: AttachType | undefined;
  /** Attaches by the section's name; absent for programs opened by id or pin. */
  readonly autoAttach?: () => LinkHandle | number;
}

/** A loaded BPF program. */
export class BpfProgram extends OwnedHandle<ProgramHandle> implements FdOwner {
  /** The C function. */
  readonly name: string;
  /** The ELF section, such as `cgroup/connect4`; empty for programs opened by id or pin. */
  readonly section: string;
  readonly type: ProgramType | `type ${number}`;
  /** What the section's name asks for. */
  readonly attachType: AttachType | undefined;
  readonly #autoAttach: (() => LinkHandle | number) | undefined;

  /** @internal Use `BpfObject.program`, `fromId` or `fromPin`. */
  constructor(handle: ProgramHandle, origin: ProgramOrigin) {
    super(`program ${origin.name}`, handle, (h) => void native().close(h));
    this.name = origin.name;
    this.section = origin.section;
    this.type = origin.type;
    this.attachType = origin.attachType;
    this.#autoAttach = origin.autoAttach;
  }

  static fromId(id: number): BpfProgram {
    const operation = `open program with id ${id}`;
    return adopt(checked(operation, native().programById(id)), operation);
  }

  static fromPin(path: string): BpfProgram {
    const operation = `open program pinned at ${path}`;
    return adopt(checked(operation, native().programByPin(path)), operation);
  }

  /** Owned by this object: do not close it. */
  get fd(): number {
    return native().fd(this.use('take fd of'));
  }

  info(): ProgramInfo {
    const info = checked(`ask about ${this}`, native().programInfo(this.use('ask about')));
    return { ...info, type: nameOf(PROGRAM_TYPES, info.type) };
  }

  /** Attaches by the section's name: tracepoints, kprobes, fentry, lsm, iterators, … */
  attach(): BpfLink {
    this.use('attach');
    if (this.#autoAttach === undefined) {
      throw misuse(`attach ${this}`, 'only a program of an open object knows where to attach by itself');
    }
    return new BpfLink(checked(`attach ${this}`, this.#autoAttach()), this.name);
  }

  /**
   * Attaches to a cgroup (cgroup v2) and all below it, beside other programs.
   *
   * @param cgroup path of its directory, or an open fd of it
   * @param attachType default: what the section's name asks for
   */
  attachCgroup(cgroup: string | number, attachType?: AttachType): BpfLink {
    if (typeof cgroup === 'number') return this.attachTarget(cgroup, attachType);
    const handle = this.use('attach');
    const fd = openSync(cgroup, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      return this.#link(handle, fd, attachType, `cgroup ${cgroup}`);
    } finally {
      closeSync(fd);
    }
  }

  /** Attaches to what an fd stands for: a cgroup, a network namespace (sk_lookup, flow_dissector), … */
  attachTarget(targetFd: number, attachType?: AttachType): BpfLink {
    return this.#link(this.use('attach'), targetFd, attachType, `fd ${targetFd}`);
  }

  /**
   * Runs on the data of the sockets in a sockmap or sockhash.
   *
   * @param attachType default: what the section's name asks for
   */
  attachSockMap(map: AnyMap, attachType?: SockMapAttachType): SockMapAttachment {
    const type = attachType ?? this.attachType;
    if (
      type === 'sk_msg_verdict' ||
      type === 'sk_skb_stream_parser' ||
      type === 'sk_skb_stream_verdict' ||
      type === 'sk_skb_verdict'
    ) {
      return new SockMapAttachment(this, map, type);
    }
    throw misuse(
      `attach ${this} to ${map}`,
      `its section ${this.section} names no attach type of a sock map`,
    );
  }

  /**
   * Attaches a classifier to a network interface.
   *
   * @param device name or index, in this process' network namespace
   */
  attachTc(device: string | number, direction: 'ingress' | 'egress', options: TcOptions = {}): TcAttachment {
    const ifindex = typeof device === 'number' ? device : interfaceIndex(device);
    return new TcAttachment(this, ifindex, direction, options);
  }

  /** Runs the program once (or `repeat` times) on given data, without attaching it (BPF_PROG_TEST_RUN). */
  testRun(options: TestRunOptions = {}): TestRunResult {
    const { dataIn, ctxIn } = options;
    const dataOut = dataIn === undefined ? null : new Uint8Array(options.dataOutSize ?? dataIn.length + 256);
    // Syscall programs write their context in place and take no output buffer.
    const inPlace = this.type === 'syscall';
    const ctxOut = ctxIn === undefined || inPlace ? null : new Uint8Array(ctxIn.length);
    const context = inPlace && ctxIn !== undefined ? ctxIn.slice() : (ctxIn ?? null);
    const result = checked(
      `test ${this}`,
      native().programTest(
        this.use('test'),
        dataIn ?? null,
        dataOut,
        context,
        ctxOut,
        options.repeat ?? (inPlace ? 0 : 1),
        options.flags ?? 0,
      ),
    );
    return {
      returnValue: result.returnValue,
      durationNs: result.durationNs,
      dataOut: dataOut?.subarray(0, result.dataLength) ?? new Uint8Array(),
      ctxOut: (inPlace ? context : ctxOut?.subarray(0, result.contextLength)) ?? new Uint8Array(),
    };
  }

  /** Keeps the program alive at a path of a bpffs; removed with `unpin(path)`. */
  pin(path: string): void {
    checked(`pin ${this} at ${path}`, native().pin(this.use('pin'), path));
  }

  #link(handle: ProgramHandle, fd: number, attachType: AttachType | undefined, target: string): BpfLink {
    const type = attachType ?? this.attachType;
    if (type === undefined) throw misuse(`attach ${this} to ${target}`, 'no attach type is given');
    const link = native().linkCreate(handle, fd, ATTACH_TYPES.indexOf(type));
    return new BpfLink(checked(`attach ${this} to ${target}`, link), `${this.name} at ${target}`);
  }
}

function adopt(handle: ProgramHandle, operation: string): BpfProgram {
  const info = checked(operation, native().programInfo(handle));
  const type = nameOf(PROGRAM_TYPES, info.type);
  return new BpfProgram(handle, { name: info.name, section: '', type, attachType: undefined });
}

function interfaceIndex(name: string): number {
  let text: string;
  try {
    text = readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8');
  } catch {
    throw misuse(`attach to interface ${name}`, 'there is no such interface in this network namespace');
  }
  return Number(text);
}
