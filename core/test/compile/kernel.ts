/** A kernel in memory that plans are carried out on, step by step, with what programs see checked at each. */
import assert from 'node:assert/strict';
import { retire, type Allocation, type BusyIds } from '../../src/compile/allocate.js';
import type { MapLimits } from '../../src/compile/limits.js';
import type { MapDelete } from '../../src/compile/writes.js';
import { planGeneration, type GenerationPlan, type PlanResult } from '../../src/compile/plan.js';
import { EMPTY_MODEL, type RoutingModel } from '../../src/routing/model.js';
import { structCodec } from '../../src/wire/structs.js';
import { expectedOf } from './expected.js';
import { KernelMaps, seeGeneration } from './kernelMaps.js';

export const LIMITS: MapLimits = {
  oh_active: 1,
  oh_root: 1,
  oh_addr: 8192,
  oh_listener: 2048,
  oh_rconf: 2048,
  oh_domain: 16384,
  oh_wild: 4096,
  oh_vhost: 4096,
  oh_list: 65536,
  oh_route: 8192,
  oh_split: 32768,
  oh_cluster: 4096,
  oh_group: 16384,
  oh_share: 65536,
  oh_ring: 1 << 18,
  oh_maglev: 1 << 20,
  oh_hash: 8192,
  oh_endpoint: 16384,
  oh_str: 16384,
  oh_regex: 4096,
  oh_dfa: 65536,
};

export const CODEC = structCodec();

export class Kernel {
  readonly limits: MapLimits;
  readonly maps: KernelMaps;
  allocation: Allocation | undefined;
  /** Deletes of plans that are not retired. */
  #pending: MapDelete[] = [];
  model: RoutingModel = EMPTY_MODEL;

  constructor(limits: Partial<MapLimits> = {}) {
    this.limits = { ...LIMITS, ...limits };
    this.maps = new KernelMaps(this.limits);
  }

  get generation(): number {
    return this.allocation?.generation ?? 0;
  }

  plan(model: RoutingModel): PlanResult {
    return planGeneration({ previous: this.allocation, model, limits: this.limits, codec: CODEC });
  }

  /** Plans and carries out; fails the test when the plan does. */
  apply(model: RoutingModel, retired = true, busy: BusyIds = {}): GenerationPlan {
    const result = this.plan(model);
    assert.ok(result.ok, result.ok ? '' : result.problems.map(({ message }) => message).join('\n'));
    this.carryOut(result.plan, model);
    if (retired) this.retire(busy);
    return result.plan;
  }

  /** Every write in turn: programs of the generation in force see what they saw. Then the flip. */
  carryOut(plan: GenerationPlan, model: RoutingModel, checkEvery = 1): void {
    const before = expectedOf(this.model);
    for (const [i, write] of plan.writes.entries()) {
      this.maps.apply(write);
      if (i % checkEvery === 0)
        this.#sees(this.generation, before, `write ${i} of ${write.map} is seen before the flip`);
    }
    this.#sees(this.generation, before, 'the writes are seen before the flip');
    this.maps.apply(plan.flip);
    assert.equal(
      new DataView(this.maps.get('oh_active', 0)?.buffer ?? new ArrayBuffer(8)).getUint32(0, true),
      plan.generation,
    );
    const now = expectedOf(model);
    this.#sees(plan.generation, now, 'after the flip the new model is not seen');
    // A program that read oh_active just before the flip is still running.
    if (plan.changed) this.#sees(this.generation, before, 'programs of the old generation see a change');
    this.#pending.push(...plan.deletes);
    this.allocation = plan.allocation;
    this.model = model;
  }

  /** The deletes of all plans so far are done, and what they dropped is free. */
  retire(busy: BusyIds = {}): void {
    const now = expectedOf(this.model);
    for (const one of this.#pending.splice(0)) {
      this.maps.apply(one);
      this.#sees(this.generation, now, 'a delete takes away what is in force');
    }
    if (this.allocation !== undefined) this.allocation = retire(this.allocation, this.generation, () => busy);
  }

  #sees(generation: number, expected: unknown, message: string): void {
    assert.deepEqual(seeGeneration(this.maps, generation), expected, message);
  }
}
