/** Asks the loaded program where a request would go: oh_explain() of bpf/lib/explain.h, on the maps in force. */
import { ExplanationCodec, type Explanation } from '@onehop/core/router/explanation.js';
import type { AnyMap } from 'libbpf-ts/map.js';
import type { BpfObject } from 'libbpf-ts/object.js';
import type { BpfProgram } from 'libbpf-ts/program.js';

/** All parse buffers of the CPU were in use at that moment. */
export class ExplainBusyError extends Error {
  override readonly name = 'ExplainBusyError';
  readonly hint = 'Ask again.';
}

/** They are in use for microseconds only. */
const TRIES = 10;
const ZERO = new Uint8Array(4);

export class Explainer {
  readonly #program: BpfProgram;
  readonly #ask: AnyMap;
  readonly #answer: AnyMap;
  readonly #codec: ExplanationCodec;
  readonly #question: Uint8Array;

  constructor(object: BpfObject) {
    this.#program = object.program('oh_explain');
    this.#ask = object.map('oh_ask') as AnyMap;
    this.#answer = object.map('oh_answer') as AnyMap;
    this.#codec = new ExplanationCodec(object.btf);
    this.#question = new Uint8Array(this.#codec.askSize);
  }

  /** Bytes of a head that the program reads. */
  get headMax(): number {
    return this.#codec.headMax;
  }

  /**
   * Where a request head that is sent to an address would go, and what is tried on the way. Nothing is counted, nobody's
   * turn is used up. Question, run and answer are one step of this thread: there is one question at a time.
   *
   * @param ip 16 bytes, IPv4 as ::ffff:a.b.c.d
   * @param head at most headMax bytes
   * @throws ExplainBusyError, BpfError
   */
  explain(ip: Uint8Array, port: number, head: Uint8Array): Explanation {
    this.#codec.writeAsk(this.#question, ip, port, head);
    this.#ask.setRaw(ZERO, this.#question);
    for (let i = 0; i < TRIES; i++) {
      if (this.#program.testRun().returnValue !== 0) continue;
      const bytes = this.#answer.getRaw(ZERO);
      if (bytes === undefined) throw new Error('map oh_answer is empty');
      return this.#codec.readAnswer(bytes);
    }
    throw new ExplainBusyError('The datapath had no parse buffer free.');
  }
}
