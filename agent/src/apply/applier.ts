import { retire, type Allocation, type BusyIds } from '@onehop/core/compile/allocate.js';
import type { GenerationPlan } from '@onehop/core/compile/plan.js';
import type { ResourceProblem, XdsSet } from '@onehop/core/resources/model.js';
import type { RoutingModel } from '@onehop/core/routing/model.js';
import type { StructCodec } from '@onehop/core/wire/structs.js';
import type { Logger } from '../xds/logger.js';
import { compile, noGeneration, type Compiled, type Generation } from './compile.js';
import type { ApplyOutcome } from './outcome.js';
import { putInForce, type MapWriter } from './write.js';

/** A generation that was just put in force. */
export interface Applied {
  readonly generation: number;
  readonly model: RoutingModel;
  readonly allocation: Allocation;
  /** Endpoints that need warm connections now, and those that no request goes to any more. */
  readonly pools: GenerationPlan['pools'];
}

export interface ApplierOptions {
  readonly writer: MapWriter;
  /** Of the loaded object's BTF: `structCodec(object.btf)`. */
  readonly codec: StructCodec;
  readonly log: Logger;
  /** Called after each flip, before the answer to the control plane. Must not throw. */
  readonly onApplied?: (applied: Applied) => void;
  /** Ids that connections or pools still hold: they get no new owner yet. Asked once a generation. */
  readonly busy?: () => BusyIds;
}

/** Puts sets of resources in force in the kernel, one whole generation after the other. */
export class Applier {
  readonly #options: ApplierOptions;
  #inForce: Generation = noGeneration;
  #next: Next | undefined;
  #running: Promise<void> | undefined;
  /** Generations whose deletes wait for a grace period. */
  #owed: GenerationPlan[] = [];

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /** 0 before the first. */
  get generation(): number {
    return this.#inForce.allocation?.generation ?? 0;
  }

  get model(): RoutingModel {
    return this.#inForce.model;
  }

  /** Names for the ids in events and maps, also of the generations before. Undefined before the first. */
  get allocation(): Allocation | undefined {
    return this.#inForce.allocation;
  }

  /** What is worth knowing about the resources in force: not enforced, in relay, without endpoints … */
  get notes(): readonly ResourceProblem[] {
    return this.#inForce.notes;
  }

  /**
   * Makes `set` what is in force, but for what is refused. Resolves right after the flip. A set that comes while another
   * one is being put in force replaces one that waits already; both then get the outcome of the newer one.
   */
  apply(set: XdsSet): Promise<ApplyOutcome> {
    this.#next = this.#next === undefined ? { set, ...deferred() } : { ...this.#next, set };
    const { promise } = this.#next;
    this.#running ??= this.#run();
    return promise;
  }

  /** Resolves when nothing is under way. What is in force stays. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // Sets that come in one turn of the event loop are one.
    await Promise.resolve();
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      await this.#clear();
      next.resolve(this.#put(next.set));
      await this.#clear();
    }
    // In the same step as the last look at #next: a set that comes after this starts a new run.
    this.#running = undefined;
  }

  #put(set: XdsSet): ApplyOutcome {
    try {
      // Entries have two versions: while somebody may read the older one, neither can be written.
      if (this.#owed.length > 0)
        throw new Error('The last generation may still be read by the datapath. Apply again.');
      const { writer, codec } = this.#options;
      return this.#putCompiled(compile(set, this.#inForce, { limits: writer.limits, codec }));
    } catch (error) {
      this.#options.log.error({ err: error }, 'generation refused');
      const message = error instanceof Error ? error.message : String(error);
      return this.#outcome([
        { rule: 'kernel', severity: 'error', typeUrl: '', resource: '', path: [], message },
      ]);
    }
  }

  #putCompiled({ set, model, notes, plan, refused }: Compiled): ApplyOutcome {
    if (plan === undefined) return this.#outcome(refused);
    const { allocation, generation, pools } = plan;
    if (plan.changed) {
      const begin = performance.now();
      putInForce(plan, this.#options.writer);
      this.#owed.push(plan);
      const ms = Math.round((performance.now() - begin) * 1000) / 1000;
      this.#options.log.info({ generation, entries: plan.writes.length, ms }, 'generation in force');
    }
    this.#inForce = { set, model, notes, allocation };
    this.#options.onApplied?.({ generation, model, allocation, pools });
    return this.#outcome(refused);
  }

  /** Frees what the last generation left behind, once no program can read it. */
  async #clear(): Promise<void> {
    if (this.#owed.length === 0) return;
    const { writer, busy, log } = this.#options;
    try {
      await writer.grace();
      for (const { deletes } of this.#owed) writer.delete(deletes);
      this.#owed = [];
      const { allocation } = this.#inForce;
      if (allocation === undefined) return;
      this.#inForce = { ...this.#inForce, allocation: retire(allocation, allocation.generation, busy) };
    } catch (error) {
      log.error({ err: error }, 'entries of an earlier generation could not be cleared');
    }
  }

  #outcome(refused: readonly ResourceProblem[]): ApplyOutcome {
    return { generation: this.generation, inForce: this.#inForce.set, refused };
  }
}

interface Next {
  readonly set: XdsSet;
  readonly promise: Promise<ApplyOutcome>;
  readonly resolve: (outcome: ApplyOutcome) => void;
}

function deferred(): Omit<Next, 'set'> {
  let resolve: Next['resolve'] = () => undefined;
  const promise = new Promise<ApplyOutcome>((settle) => (resolve = settle));
  return { promise, resolve };
}
