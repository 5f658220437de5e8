import type { Allocation } from '@onehop/core/compile/allocate.js';
import type { MapLimits } from '@onehop/core/compile/limits.js';
import { planGeneration, type GenerationPlan } from '@onehop/core/compile/plan.js';
import {
  resourcesIn,
  resourcesOf,
  xdsSetOf,
  type ResourceProblem,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import { EMPTY_MODEL, type RoutingModel } from '@onehop/core/routing/model.js';
import type { StructCodec } from '@onehop/core/wire/structs.js';
import { emptySet } from './outcome.js';

/** A generation: what was asked for, what it means and where it is in the maps. */
export interface Generation {
  readonly set: XdsSet;
  readonly model: RoutingModel;
  /** Undefined before the first. */
  readonly allocation: Allocation | undefined;
  /** What is worth knowing about the resources and is no error. */
  readonly notes: readonly ResourceProblem[];
}

export const noGeneration: Generation = {
  set: emptySet,
  model: EMPTY_MODEL,
  allocation: undefined,
  notes: [],
};

export interface Compiled {
  readonly set: XdsSet;
  readonly model: RoutingModel;
  readonly notes: readonly ResourceProblem[];
  /** Undefined: nothing of the set can be taken, what is in force stays. */
  readonly plan: GenerationPlan | undefined;
  readonly refused: readonly ResourceProblem[];
}

export interface Target {
  readonly limits: MapLimits;
  readonly codec: StructCodec;
}

/**
 * The plan that puts a set in force. A resource with an error is refused: the version in force takes its place, or
 * nothing does. What cannot be had without an error in a resource that did not change is refused as a whole.
 */
export function compile(wanted: XdsSet, inForce: Generation, target: Target): Compiled {
  const refused: ResourceProblem[] = [];
  let set = wanted;
  for (let round = 0; round < mostRounds; round++) {
    const { model, problems } = buildRouting(set, inForce.model);
    let errors = problems.filter(isError);
    if (errors.length === 0) {
      const planned = planGeneration({ previous: inForce.allocation, model, ...target });
      if (planned.ok) {
        return { set, model, plan: planned.plan, refused, notes: problems.filter((one) => !isError(one)) };
      }
      errors = planned.problems.filter(isError);
    }
    const next = withoutRefused(set, errors, inForce.set);
    refused.push(...errors.filter((error) => !refused.some((one) => isSame(one, error))));
    if (next === undefined) break;
    set = next;
  }
  refused.push(...collateral(wanted, inForce.set, refused));
  return { ...inForce, plan: undefined, refused };
}

/** A map that is full is reported for one resource at a time; with many to refuse, all are. */
const mostRounds = 16;

function isError({ severity }: ResourceProblem): boolean {
  return severity === 'error';
}

function isSame(one: ResourceProblem, other: ResourceProblem): boolean {
  return one.resource === other.resource && one.typeUrl === other.typeUrl && one.message === other.message;
}

/** The set with the versions in force of what has errors; undefined when none of that has changed. */
function withoutRefused(
  set: XdsSet,
  errors: readonly ResourceProblem[],
  inForce: XdsSet,
): XdsSet | undefined {
  const bad = new Set(errors.map(({ typeUrl, resource }) => key(typeUrl, resource)));
  let changed = false;
  const resources = resourcesIn(set).flatMap((resource): XdsResource[] => {
    if (!bad.has(key(resource.typeUrl, resource.name))) return [resource];
    const before = lookUp(inForce, resource);
    if (before === resource) return [resource];
    changed = true;
    return before === undefined ? [] : [before];
  });
  return changed ? xdsSetOf(resources, inForce) : undefined;
}

/** A problem for each resource that goes down with the rest and has none of its own. */
function collateral(wanted: XdsSet, inForce: XdsSet, refused: readonly ResourceProblem[]): ResourceProblem[] {
  const [first] = refused;
  const named = new Set(refused.map(({ typeUrl, resource }) => key(typeUrl, resource)));
  const message = `It was not taken, because of another resource${first === undefined ? '' : `, ${first.resource}: ${first.message}`}`;
  return resourcesIn(wanted)
    .filter(
      (resource) =>
        lookUp(inForce, resource) !== resource && !named.has(key(resource.typeUrl, resource.name)),
    )
    .map(({ typeUrl, name }) => ({
      rule: 'refused',
      severity: 'error',
      typeUrl,
      resource: name,
      path: [],
      message,
    }));
}

function lookUp(set: XdsSet, { typeUrl, name }: XdsResource): XdsResource | undefined {
  return resourcesOf(set, typeUrl)?.get(name);
}

function key(typeUrl: string, name: string): string {
  return `${typeUrl} ${name}`;
}
