/** The three builds of bpf/lib/router.h, each with the same tables and the same question. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Explainer } from '@onehop/agent/datapath/explainer.js';
import type { Btf } from '@onehop/core/btf/decode.js';
import { CONFIG_MAPS, type MapLimits } from '@onehop/core/compile/limits.js';
import type { GenerationPlan } from '@onehop/core/compile/plan.js';
import type { MapDelete, MapWrite } from '@onehop/core/compile/writes.js';
import { ExplanationCodec, type Explanation } from '@onehop/core/router/explanation.js';
import { WasmRouter } from '@onehop/core/router/wasmRouter.js';
import type { AnyMap } from 'libbpf-ts/map.js';
import { BpfObject } from 'libbpf-ts/object.js';

const folder = resolve(import.meta.dirname, '../../../../bpf/build');

export interface Question {
  /** 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
  readonly head: Uint8Array;
}

export interface Build {
  readonly name: string;
  /** Puts a plan in force. */
  apply(plan: GenerationPlan): void;
  /** The answers, in the order of the questions. */
  ask(questions: readonly Question[]): Explanation[] | Promise<Explanation[]>;
  close(): void;
}

/** The object, loaded into this kernel and attached to nothing. */
export class KernelBuild implements Build {
  readonly name = 'kernel';
  readonly limits: MapLimits;
  readonly #object = BpfObject.open(resolve(folder, 'onehop.bpf.o'), { name: 'explain-test' });
  readonly #explainer: Explainer;

  constructor() {
    this.#object.load();
    this.#explainer = new Explainer(this.#object);
    this.limits = Object.fromEntries(
      CONFIG_MAPS.map((name) => [name, this.#map(name).maxEntries]),
    ) as unknown as MapLimits;
  }

  get btf(): Btf {
    return this.#object.btf;
  }

  get headMax(): number {
    return this.#explainer.headMax;
  }

  apply(plan: GenerationPlan): void {
    for (const { map, key, value } of changes(plan)) {
      if (value === undefined) this.#map(map).deleteRaw(key);
      else this.#map(map).setRaw(key, value);
    }
  }

  ask(questions: readonly Question[]): Explanation[] {
    return questions.map(({ ip, port, head }) => this.#explainer.explain(ip, port, head));
  }

  /** All entries of a map, to see that nothing was written. */
  bytesOf(map: string): string {
    return Array.from(this.#map(map).entriesRaw(), ([key, value]) =>
      [key, value].map((bytes) => Buffer.from(bytes ?? []).toString('base64')).join(),
    ).join('\n');
  }

  close(): void {
    this.#object.close();
  }

  #map(name: string): AnyMap {
    return this.#object.map(name) as AnyMap;
  }
}

export class WasmBuild implements Build {
  readonly name = 'wasm';

  private constructor(private readonly router: WasmRouter) {}

  static async load(btf: Btf): Promise<WasmBuild> {
    return new WasmBuild(await WasmRouter.load(readFileSync(resolve(folder, 'router.wasm')), btf, 7n));
  }

  apply(plan: GenerationPlan): void {
    for (const { map, key, value } of changes(plan)) {
      if (value === undefined) this.router.delete(map, key);
      else if (!this.router.set(map, key, value)) throw new Error(`${map} is full`);
    }
  }

  ask(questions: readonly Question[]): Explanation[] {
    return questions.map(({ ip, port, head }) => this.router.explain(ip, port, head));
  }

  close(): void {}
}

/** A program with sanitizers: it ends when it does what C leaves undefined. */
export class NativeBuild implements Build {
  readonly name = 'native';
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #codec: ExplanationCodec;
  readonly #waiting: ((line: string) => void)[] = [];
  #failed: ((error: Error) => void) | undefined;
  #errors = '';

  constructor(btf: Btf) {
    this.#codec = new ExplanationCodec(btf);
    this.#child = spawn(resolve(folder, 'router-native'), [], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    // The exit code says more than a broken pipe.
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('close', (code) =>
      this.#failed?.(new Error(`router-native ended with ${code}: ${this.#errors.slice(0, 4000)}`)),
    );
  }

  apply(plan: GenerationPlan): void {
    const lines = Array.from(changes(plan), ({ map, key, value }) =>
      value === undefined ? `delete ${map} ${hex(key)}\n` : `set ${map} ${hex(key)} ${hex(value)}\n`,
    );
    this.#child.stdin.write(lines.join(''));
  }

  async ask(questions: readonly Question[]): Promise<Explanation[]> {
    if (questions.length === 0) return [];
    const answers: Explanation[] = [];
    const done = new Promise<void>((resolve_, reject) => {
      this.#failed = reject;
      for (let i = 0; i < questions.length; i++) {
        this.#waiting.push((line) => {
          answers.push(this.#codec.readAnswer(Buffer.from(line, 'hex')));
          if (answers.length === questions.length) resolve_();
        });
      }
    });
    this.#child.stdin.write(
      questions.map(({ ip, port, head }) => `explain ${hex(ip)} ${port} ${hex(head)}\n`).join(''),
    );
    await done;
    this.#failed = undefined;
    return answers;
  }

  close(): void {
    this.#child.stdin.end();
  }
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? '-' : Buffer.from(bytes).toString('hex');
}

interface Change {
  readonly map: string;
  readonly key: Uint8Array;
  /** Undefined: to be deleted. */
  readonly value?: Uint8Array;
}

/** Everything that a plan does, in order. Nobody reads meanwhile: no grace period is needed. */
function* changes(plan: GenerationPlan): Generator<Change> {
  for (const { map, key } of plan.resets)
    if (map === 'oh_turn') yield { map, key: index(key), value: new Uint8Array(8) };
  for (const { map, key, value } of [...plan.writes, plan.flip] satisfies MapWrite[])
    yield { map, key: typeof key === 'number' ? index(key) : key, value };
  for (const { map, key } of plan.deletes satisfies readonly MapDelete[]) yield { map, key };
}

function index(key: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, key, true);
  return bytes;
}
