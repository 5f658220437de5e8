/**
 * The datapath's own router (bpf/lib/router.h) outside the kernel: the wasm build over the same tables, filled with the
 * same bytes as the kernel's maps. Whoever asks it gets the kernel's answer, without a second implementation.
 */
import type { Decision, Answer, Drawn } from './decision.js';
import { codecOf, type ValueCodec } from '../btf/codec.js';
import type { Btf } from '../btf/decode.js';
import { ExplanationCodec, type Explanation } from './explanation.js';

/** What this file uses of the global that every host has; core is compiled without a host's types. */
declare const WebAssembly: {
  instantiate(module: Uint8Array, imports: object): Promise<{ instance: { exports: unknown } }>;
};

const nothingDrawn: Drawn = { random: 0n, gen: 0, cluster: 0, endpoint: 0 };

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  oh_input(): number;
  oh_input_max(): number;
  oh_output(): number;
  oh_address(): number;
  oh_user_listener(port: number): number;
  oh_user_decide(length: number, listener: number): number;
  oh_user_resume(from: number, known: number): number;
  oh_user_cluster(cluster: number): number;
  oh_user_drawn(high: number, low: number, gen: number, cluster: number, endpoint: number): void;
  oh_user_rehash(length: number): number;
  oh_user_connect(listener: number): number;
  oh_user_explain(length: number, port: number): number;
  oh_user_explain_on(from: number, known: number): number;
  oh_user_explain_cluster(cluster: number): number;
  oh_user_explain_rehash(length: number): number;
  oh_allocate(bytes: number): number;
  oh_seed(high: number, low: number): void;
  oh_source(high: number, low: number): void;
  oh_table_count(): number;
  oh_table_name(table: number): number;
  oh_table_value_size(table: number): number;
  oh_table_set(table: number, key: number, value: number): number;
  oh_table_delete(table: number, key: number): number;
}

/** Largest key or value that crosses into the module. */
const STAGE_BYTES = 4096;

export class WasmRouter {
  /** Bytes of a request head that it reads. */
  readonly headMax: number;

  readonly #exports: Exports;
  readonly #tables = new Map<string, number>();
  readonly #decision: ValueCodec;
  readonly #explanation: ExplanationCodec;
  readonly #stage: number;

  /**
   * @param module the bytes of build/router.wasm
   * @param btf of the datapath object, for the layout of oh_decision
   * @param seed of the random numbers of weighted splits
   */
  static async load(module: Uint8Array, btf: Btf, seed: bigint): Promise<WasmRouter> {
    const { instance } = await WebAssembly.instantiate(module, {});
    return new WasmRouter(instance.exports as unknown as Exports, btf, seed);
  }

  private constructor(exports: Exports, btf: Btf, seed: bigint) {
    this.#exports = exports;
    const type = btf.find('oh_decision', 'struct');
    if (type === undefined)
      throw new Error('the datapath object has no struct oh_decision: build it anew with npm run build');
    this.#decision = codecOf(btf, type.id);
    this.#explanation = new ExplanationCodec(btf);
    for (let i = 0; i < exports.oh_table_count(); i++)
      this.#tables.set(this.#text(exports.oh_table_name(i)), i);
    this.#stage = exports.oh_allocate(2 * STAGE_BYTES);
    this.headMax = exports.oh_input_max();
    exports.oh_seed(high(seed), low(seed));
  }

  /** Whether the router reads this map at all. */
  has(map: string): boolean {
    return this.#tables.has(map);
  }

  /** Writes an entry, as into the kernel's map; false when the table is full. */
  set(map: string, key: Uint8Array, value: Uint8Array): boolean {
    const table = this.#table(map);
    const memory = new Uint8Array(this.#exports.memory.buffer);
    memory.set(key, this.#stage);
    memory.set(value, this.#stage + STAGE_BYTES);
    return this.#exports.oh_table_set(table, this.#stage, this.#stage + STAGE_BYTES) === 0;
  }

  /** Removes an entry of a hash; entries of arrays stay. */
  delete(map: string, key: Uint8Array): void {
    new Uint8Array(this.#exports.memory.buffer).set(key, this.#stage);
    this.#exports.oh_table_delete(this.#table(map), this.#stage);
  }

  /** The listener id of an address (16 bytes, IPv4 as ::ffff:a.b.c.d) in the generation in force; 0: none. */
  listener(ip: Uint8Array, port: number): number {
    new Uint8Array(this.#exports.memory.buffer).set(ip, this.#exports.oh_address());
    return this.#exports.oh_user_listener(port);
  }

  /** The hash of the client's address, as text (xxHash64), of what is decided next; 0n: not known. */
  setSource(hash: bigint): void {
    this.#exports.oh_source(high(hash), low(hash));
  }

  /**
   * Decides a request head: origin-form target, one Host header, no header twice that a route matches on. Longer than
   * {@link headMax} is cut, and then refused as incomplete.
   *
   * @param drawn what a program has already drawn for the request: it is not drawn again
   */
  decide(head: Uint8Array, listener: number, drawn: Drawn = nothingDrawn): Answer {
    const { random, gen, cluster, endpoint } = drawn;
    this.#exports.oh_user_drawn(high(random), low(random), gen, cluster, endpoint);
    return this.#answer(this.#exports.oh_user_decide(this.#input(head), listener));
  }

  /** The last decision with another endpoint, where its cluster goes by the hash of the request, by the head as it is sent on. */
  rehash(head: Uint8Array): Answer {
    return this.#answer(this.#exports.oh_user_rehash(this.#input(head)));
  }

  /**
   * Goes on with the last decision, which stopped at a route whose other conditions only the relay checks.
   *
   * @param from place of a route in the virtual host
   * @param known that route matches; else it is checked like those behind it
   */
  resume(from: number, known: boolean): Answer {
    return this.#answer(this.#exports.oh_user_resume(from, known ? 1 : 0));
  }

  /** An endpoint of a cluster that the caller has chosen, for the last decision. */
  endpointOf(cluster: number): Answer {
    return this.#answer(this.#exports.oh_user_cluster(cluster));
  }

  /** Decides a connection to a TCP listener. */
  connect(listener: number): Answer {
    return this.#answer(this.#exports.oh_user_connect(listener));
  }

  /**
   * Where a request head that is sent to an address (16 bytes, IPv4 as ::ffff:a.b.c.d) would go, and what is tried on the
   * way. Nobody's turn is used up.
   */
  explain(ip: Uint8Array, port: number, head: Uint8Array): Explanation {
    this.setSource(0n);
    new Uint8Array(this.#exports.memory.buffer).set(ip, this.#exports.oh_address());
    return this.#explained(this.#exports.oh_user_explain(this.#input(head), port));
  }

  /** The rest of the last explanation, from a route on as {@link resume} does it. */
  explainOn(from: number, known: boolean): Explanation {
    return this.#explained(this.#exports.oh_user_explain_on(from, known ? 1 : 0));
  }

  /** The last explanation with an endpoint of a cluster that the caller has chosen; without steps. */
  explainCluster(cluster: number): Explanation {
    return this.#explained(this.#exports.oh_user_explain_cluster(cluster));
  }

  /** The last explanation as {@link rehash} decides it; without steps. */
  explainRehash(head: Uint8Array): Explanation {
    return this.#explained(this.#exports.oh_user_explain_rehash(this.#input(head)));
  }

  /** How many bytes of the head are there. */
  #input(head: Uint8Array): number {
    const bytes = head.subarray(0, this.headMax);
    new Uint8Array(this.#exports.memory.buffer).set(bytes, this.#exports.oh_input());
    return bytes.length;
  }

  #explained(at: number): Explanation {
    return this.#explanation.readAnswer(new Uint8Array(this.#exports.memory.buffer).subarray(at));
  }

  #answer(stopped: number): Answer {
    const at = this.#exports.oh_output();
    const bytes = new Uint8Array(this.#exports.memory.buffer, at, this.#decision.size);
    return { stopped, decision: this.#decision.decode(bytes) as unknown as Decision };
  }

  #table(map: string): number {
    const table = this.#tables.get(map);
    if (table === undefined) throw new Error(`the router has no table ${map}`);
    return table;
  }

  #text(at: number): string {
    const memory = new Uint8Array(this.#exports.memory.buffer);
    return String.fromCharCode(...memory.subarray(at, memory.indexOf(0, at)));
  }
}

/** Of 64 bits. */
function high(value: bigint): number {
  return Number((value >> 32n) & 0xffffffffn);
}

function low(value: bigint): number {
  return Number(value & 0xffffffffn);
}
