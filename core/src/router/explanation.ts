/**
 * Where a request would go and what was tried on the way: what oh_explain() of the loaded object and the wasm build of the
 * router answer (bpf/lib/explain.h).
 */
import { codecOf, type ValueCodec } from '../btf/codec.js';
import type { Btf } from '../btf/decode.js';
import type { BtfComposite } from '../btf/model.js';
import type { Decision } from './decision.js';

/** struct oh_step */
export interface Step {
  /** enum oh_step_kind: what `id` is, and what became of it */
  readonly kind: number;
  readonly id: number;
  readonly detail: number;
}

/** Where the parts of a whole head are, in bytes; all 0 when it is none. */
export interface HeadParts {
  /** With the empty line. */
  readonly length: number;
  readonly contentLength: bigint;
  readonly methodLength: number;
  readonly target: number;
  readonly targetLength: number;
  readonly host: number;
  readonly hostLength: number;
}

export interface Explanation {
  readonly decision: Decision;
  /** enum oh_reason: why the kernel path would not carry this head; 0: it would */
  readonly refused: number;
  /** enum oh_reason: where the decision stopped; 0: `decision.endpoint` is the answer */
  readonly stopped: number;
  readonly parts: HeadParts;
  /** In the order in which they were tried. */
  readonly steps: readonly Step[];
  /** How many there were: the last ones are missing when there are more than `steps` holds. */
  readonly stepCount: number;
}

/** Reads struct oh_answer and writes struct oh_ask, as a datapath object's BTF lays them out. */
export class ExplanationCodec {
  /** Bytes of struct oh_ask. */
  readonly askSize: number;
  /** Bytes of a head that fit. */
  readonly headMax: number;

  readonly #decision: ValueCodec;
  readonly #ask: Offsets<'ip' | 'port' | 'len' | 'bytes'>;
  readonly #answer: Offsets<(typeof ANSWER)[number]>;
  readonly #step: Offsets<'id' | 'kind' | 'detail'>;
  readonly #stepsMax: number;

  constructor(btf: Btf) {
    this.#decision = codecOf(btf, structOf(btf, 'oh_decision').id);
    this.#ask = offsetsOf(btf, 'oh_ask', ['ip', 'port', 'len', 'bytes']);
    this.#answer = offsetsOf(btf, 'oh_answer', ANSWER);
    this.#step = offsetsOf(btf, 'oh_step', ['id', 'kind', 'detail']);
    this.#stepsMax = Math.floor((this.#answer.size - this.#answer.step) / this.#step.size);
    this.askSize = this.#ask.size;
    this.headMax = this.#ask.size - this.#ask.bytes;
  }

  /**
   * @param to askSize bytes
   * @param ip 16 bytes, IPv4 as ::ffff:a.b.c.d
   * @param head at most headMax bytes
   */
  writeAsk(to: Uint8Array, ip: Uint8Array, port: number, head: Uint8Array): void {
    const view = new DataView(to.buffer, to.byteOffset);
    to.set(ip, this.#ask.ip);
    view.setUint16(this.#ask.port, port, true);
    view.setUint32(this.#ask.len, head.length, true);
    to.set(head, this.#ask.bytes);
  }

  /** `bytes` may end behind the last step that there is. */
  readAnswer(bytes: Uint8Array): Explanation {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const offsets = this.#answer;
    const u16 = (at: number): number => view.getUint16(at, true);
    const stepCount = view.getUint32(offsets.steps_n, true);
    const steps: Step[] = [];
    for (let i = 0; i < Math.min(stepCount, this.#stepsMax); i++) {
      const at = offsets.step + i * this.#step.size;
      steps.push({
        kind: u16(at + this.#step.kind),
        id: view.getUint32(at + this.#step.id, true),
        detail: u16(at + this.#step.detail),
      });
    }
    const decision = bytes.subarray(offsets.d, offsets.d + this.#decision.size);
    return {
      decision: this.#decision.decode(decision) as unknown as Decision,
      refused: view.getUint32(offsets.refused, true),
      stopped: view.getUint32(offsets.stopped, true),
      parts: {
        length: view.getUint32(offsets.head_len, true),
        contentLength: view.getBigUint64(offsets.content_length, true),
        methodLength: u16(offsets.method_len),
        target: u16(offsets.target),
        targetLength: u16(offsets.target_len),
        host: u16(offsets.host),
        hostLength: u16(offsets.host_len),
      },
      steps,
      stepCount,
    };
  }
}

const ANSWER = [
  ...(['d', 'refused', 'stopped', 'head_len', 'content_length', 'method_len'] as const),
  ...(['target', 'target_len', 'host', 'host_len', 'steps_n', 'step'] as const),
] as const;

type Offsets<Member extends string> = Readonly<Record<Member | 'size', number>>;

function offsetsOf<Member extends string>(
  btf: Btf,
  name: string,
  members: readonly Member[],
): Offsets<Member> {
  const struct = structOf(btf, name);
  const offsets = members.map((member) => {
    const found = struct.members.find((one) => one.name === member);
    if (found === undefined) throw new Error(`struct ${name} of the datapath object has no ${member}`);
    return [member, found.bitOffset / 8] as const;
  });
  return { size: struct.size, ...Object.fromEntries(offsets) } as Offsets<Member>;
}

function structOf(btf: Btf, name: string): BtfComposite {
  const type = btf.find(name, 'struct');
  if (type?.kind !== 'struct')
    throw new Error(`the datapath object has no struct ${name}: build it anew with npm run build`);
  return type;
}
