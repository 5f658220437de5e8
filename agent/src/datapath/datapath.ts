/**
 * The loaded datapath: one BPF object, attached below the node's cgroup. Everything ends with this process: links and
 * maps live by file descriptors, so a crash detaches and frees them.
 */
import { addressHash } from '@onehop/core/balance/xxHash.js';
import { closeSync, openSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { formatIp, parseIp } from '@onehop/core/wire/ip.js';
import type { Attachment } from 'libbpf-ts/link.js';
import type { AnyMap, BpfMap } from 'libbpf-ts/map.js';
import { BpfObject } from 'libbpf-ts/object.js';
import type { BpfProgram } from 'libbpf-ts/program.js';
import { RingBuffer, type RingRecord } from 'libbpf-ts/ringBuffer.js';
import type { WorkloadOption } from '../options.js';
import type { Clock, DatapathPart, Knobs, ProgramState } from '../parts.js';
import type { ControlEvents } from '../relay/kernelConns.js';
import { cgroupId, nodeCgroups } from './cgroup.js';
import { dispatchControl } from './control.js';
import type { OhCtl, OhKnobs, OhWorkload } from './entries.js';
import { GraceWaiter } from './grace.js';
import { BpfKernelConns } from './kernelConns.js';
import { BpfKernelPools } from './kernelPools.js';
import { Sweeper } from './sweeper.js';
import { codecOf } from '@onehop/core/btf/codec.js';

export interface DatapathOptions {
  /** Path of onehop.bpf.o. */
  readonly object: string;
  /** Absolute path of the node's cgroup. */
  readonly cgroup: string;
  readonly anchorPort: number;
  /** Entries of maps, by name, that differ from those of the object. */
  readonly mapSizes?: Readonly<Record<string, number>>;
  readonly workloads: readonly WorkloadOption[];
  /** Addresses that agents speak from. Default: none are known. */
  readonly agents?: readonly string[];
  readonly clock: Clock;
}

const NO_IP = { b: new Uint8Array(16) };
const DEFAULT_KNOBS: OhKnobs = { events: 0, sample_every: 1, rate_per_sec: 50_000, force_relay: 0 };

/** OH_EVENTS_* of bpf/lib/wire.h. */
const EVENTS_SAMPLED = 1;
const EVENTS_TRACED = 2;

/** How often rings are drained that programs fill without waking anybody. */
const DRAIN_MS = 20;

export class Datapath implements DatapathPart {
  readonly object: BpfObject;
  readonly conns: BpfKernelConns;
  readonly pools: BpfKernelPools;
  /** Closed by whoever closes this, before it. */
  readonly grace: GraceWaiter;

  readonly #attachments: {
    readonly program: BpfProgram;
    readonly where: string;
    readonly handle: Attachment;
  }[] = [];
  readonly #rings: RingBuffer[] = [];
  readonly #sweeper: Sweeper;
  readonly #workloads: readonly WorkloadOption[];
  readonly #anchorPort: number;
  #drain: NodeJS.Timeout | undefined;
  #events: RingBuffer | undefined;
  /** EVENTS_*; once a connection was traced, programs look for traced ones. */
  #wanted = 0;

  /**
   * Loads, then attaches.
   *
   * @throws CgroupError when the cgroup is not a lab's
   * @throws VerifierError, BpfError from the kernel; nothing stays loaded or attached
   */
  static open(options: DatapathOptions): Datapath {
    const cgroups = nodeCgroups(options.cgroup);
    const object = BpfObject.open(options.object, {
      rodata: { oh_anchor_port: options.anchorPort },
      mapSizes: options.mapSizes ?? {},
      name: 'onehop',
    });
    try {
      object.load();
      return new Datapath(object, cgroups, options);
    } catch (error) {
      object.close();
      throw error;
    }
  }

  private constructor(
    object: BpfObject,
    cgroups: { agent: string; workloads: string },
    options: DatapathOptions,
  ) {
    this.object = object;
    this.#workloads = options.workloads;
    this.#anchorPort = options.anchorPort;
    this.conns = new BpfKernelConns(
      {
        tuple: object.map('oh_tuple'),
        anchored: object.map('oh_anchored'),
        conn: object.map('oh_conn'),
        up: object.map('oh_up'),
        release: object.map('oh_release'),
        trace: object.map('oh_trace'),
      },
      settledBy(object.program('oh_ask_settled')),
      (id) => options.workloads.find((w) => w.id === id)?.name ?? '',
    );
    this.grace = new GraceWaiter(object.map('oh_pools').info().id);
    this.pools = new BpfKernelPools(
      {
        poolStat: object.map('oh_pool_stat'),
        up: object.map('oh_up'),
        upSockets: object.map('oh_up_s'),
        serverSockets: object.map('oh_server_s'),
        conn: object.map('oh_conn'),
        retire: object.map('oh_retire'),
        replay: object.map('oh_replay'),
        reasons: object.map('oh_reason_n'),
      },
      options.clock,
      this.grace,
    );
    this.#sweeper = new Sweeper([
      {
        map: object.map('oh_conn') as AnyMap,
        struct: 'oh_conn',
        needed: object.map('oh_anchored'),
      },
      { map: object.map('oh_up') as AnyMap, struct: 'oh_up' },
    ]);
    this.#knobs.set(0, DEFAULT_KNOBS);
    this.#writeWorkloads(options.workloads);
    for (const address of options.agents ?? []) {
      const ip = parseIp(address);
      if (ip !== undefined) object.map<{ b: Uint8Array }, number>('oh_agent').set({ b: ip }, 1);
    }
    try {
      this.#attach(cgroups);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  programs(): readonly ProgramState[] {
    return [...this.object.programs.values()].map((program) => {
      const info = program.info();
      const at = this.#attachments.filter((a) => a.program === program).map((a) => a.where);
      return {
        name: program.name,
        id: info.id,
        type: info.type,
        attached: at.join(', '),
        verifiedInstructions: info.verifiedInstructions,
        runCount: Number(info.runCount),
        runTimeNs: Number(info.runTimeNs),
      };
    });
  }

  knobs(): Knobs {
    const knobs = this.#knobs.get(0) ?? DEFAULT_KNOBS;
    return {
      sampleEvery: knobs.sample_every,
      ratePerSec: knobs.rate_per_sec,
      forceRelay: knobs.force_relay !== 0,
    };
  }

  setKnobs(knobs: Partial<Knobs>): void {
    const now = { ...this.knobs(), ...knobs };
    this.#knobs.set(0, {
      events: this.#wanted,
      sample_every: now.sampleEvery,
      rate_per_sec: now.ratePerSec,
      force_relay: now.forceRelay ? 1 : 0,
    });
  }

  setEvents(on: boolean): void {
    this.#wanted = on ? this.#wanted | EVENTS_SAMPLED : this.#wanted & ~EVENTS_SAMPLED;
    this.#writeWanted();
    clearInterval(this.#drain);
    // Sampled events do not wake us one by one: under load that would cost more than the requests.
    this.#drain = on ? setInterval(() => this.#events?.consume(), DRAIN_MS) : undefined;
    this.#drain?.unref();
  }

  trace(address: string, port: number): bigint | undefined {
    // A mesh connection ends at the anchor on the client's own address.
    const cookie =
      this.conns.cookie(address, port, address, this.#anchorPort) ?? this.#directCookie(address, port);
    if (cookie === undefined) return undefined;
    this.object.map<bigint, number>('oh_trace').set(cookie, 1);
    this.#wanted |= EVENTS_TRACED;
    this.#writeWanted();
    return cookie;
  }

  /** Calls back with raw struct oh_event records, in batches. */
  onEvents(handler: (records: readonly RingRecord[]) => void): void {
    this.#events = this.#ring('oh_events', handler);
  }

  /** Calls back with what relay and pools must know at once. */
  onControl(to: ControlEvents): void {
    this.conns.onIdle = (cookie) => to.idle(cookie);
    const map = this.object.map('oh_ctl');
    const type = this.object.btf.find('oh_ctl', 'struct');
    if (type === undefined) throw new Error(`${map} has no struct oh_ctl: rebuild with npm run build`);
    const codec = codecOf(this.object.btf, type.id);
    this.#ring('oh_ctl', (records) => {
      for (const { data } of records) dispatchControl(codec.decode(data) as unknown as OhCtl, to);
    });
  }

  /** The workload with this id. */
  workload(id: number): WorkloadOption | undefined {
    return this.#workloads.find((w) => w.id === id);
  }

  close(): void {
    clearInterval(this.#drain);
    this.#sweeper.close();
    this.conns.close();
    for (const { handle } of this.#attachments) handle.close();
    for (const ring of this.#rings) ring.close();
    this.pools.close();
    this.object.close();
  }

  get #knobs(): BpfMap<number, OhKnobs> {
    return this.object.map<number, OhKnobs>('oh_knobs');
  }

  /** A connection that connect() sent straight to its endpoint is in no tuple map; it is one of few, so look. */
  #directCookie(address: string, port: number): bigint | undefined {
    const ip = parseIp(address);
    if (ip === undefined) return undefined;
    const conns = this.object.map<
      bigint,
      { ev: { client_ip: { b: Uint8Array }; client_port: number }; closed: bigint }
    >('oh_conn');
    for (const [cookie, conn] of conns) {
      if (conn.closed === 0n && conn.ev.client_port === port && Buffer.compare(conn.ev.client_ip.b, ip) === 0)
        return cookie;
    }
    return undefined;
  }

  #writeWanted(): void {
    this.#knobs.set(0, { ...(this.#knobs.get(0) ?? DEFAULT_KNOBS), events: this.#wanted });
  }

  #ring(name: string, handler: (records: readonly RingRecord[]) => void): RingBuffer {
    const ring = new RingBuffer(this.object.map(name) as AnyMap, handler);
    this.#rings.push(ring);
    return ring;
  }

  #writeWorkloads(workloads: readonly WorkloadOption[]): void {
    const map = this.object.map<bigint, OhWorkload>('oh_workload');
    for (const { id, addresses, cgroup } of workloads) {
      const of = (six: boolean): { readonly ip: { b: Uint8Array }; readonly hash: bigint } => {
        const text = addresses.find((a) => isIPv6(a) === six);
        const bytes = text === undefined ? undefined : parseIp(text);
        return bytes === undefined
          ? { ip: NO_IP, hash: 0n }
          : { ip: { b: bytes }, hash: addressHash(formatIp(bytes)) };
      };
      const [four, six] = [of(false), of(true)];
      map.set(cgroupId(cgroup), { id, ip4: four.ip, ip6: six.ip, hash4: four.hash, hash6: six.hash });
    }
  }

  #attach(cgroups: { agent: string; workloads: string }): void {
    // First the sock maps: from the first connection on, its sockets must find their programs.
    this.#toSockMap('oh_client_msg', 'oh_client_s');
    this.#toSockMap('oh_server_msg', 'oh_server_s');
    this.#toSockMap('oh_upstream_skb', 'oh_up_s');
    this.#toCgroup('oh_agent_ops', cgroups.agent);
    this.#toCgroup('oh_workload_ops', cgroups.workloads);
    for (const name of ['oh_peername4', 'oh_peername6', 'oh_connect4', 'oh_connect6'])
      this.#toCgroup(name, cgroups.workloads);
  }

  #toSockMap(name: string, map: string): void {
    const program = this.object.program(name);
    const handle = program.attachSockMap(this.object.map(map) as AnyMap);
    this.#attachments.push({ program, where: `sock map ${map}`, handle });
  }

  #toCgroup(name: string, path: string): void {
    const program = this.object.program(name);
    const fd = openSync(path, 'r');
    try {
      const handle = program.attachCgroup(fd);
      this.#attachments.push({ program, where: `cgroup ${path}`, handle });
    } finally {
      closeSync(fd);
    }
  }
}

/** Asks the program about a client's cookie, which it takes from cb[0] and cb[1] of its struct __sk_buff. */
function settledBy(program: BpfProgram): (cookie: bigint) => boolean {
  const context = new Uint8Array(192);
  const cb = new DataView(context.buffer, 48);
  const packet = new Uint8Array(14);
  return (cookie) => {
    cb.setBigUint64(0, cookie, true);
    return program.testRun({ dataIn: packet, ctxIn: context }).returnValue !== 0;
  };
}
