/** Ours beside Envoy's word about mutated configurations. */
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import { Random } from '../router/random.js';
import { classOf, machineRefusals, type DifferenceClass } from './classes.js';
import { envoyValidate } from './envoyValidate.js';
import { mutate, type Mutant } from './mutate.js';
import { sample } from './samples.js';

export interface Compared {
  readonly seed: number;
  readonly mutant: Mutant;
  /** Why Envoy refuses it; "" when it does not. */
  readonly envoy: string;
  /** Our errors. */
  readonly errors: readonly Diagnostic[];
}

export interface Report {
  /** Both refuse, or both accept. */
  readonly alike: number;
  /** By both. */
  readonly accepted: number;
  /** Never allowed. */
  readonly onlyEnvoy: readonly Compared[];
  /** Refused by us alone, each error for a reason that is listed; and for another one. */
  readonly listed: readonly Compared[];
  readonly unlisted: readonly Compared[];
}

export function report(all: readonly Compared[], classes: readonly DifferenceClass[]): Report {
  const machine = machineRefusals();
  const isOfMachine = ({ envoy }: Compared): boolean => machine.some((one) => one.test(envoy));
  const onlyEnvoy = all.filter((one) => one.envoy !== '' && one.errors.length === 0 && !isOfMachine(one));
  const onlyOurs = all.filter(({ envoy, errors }) => envoy === '' && errors.length > 0);
  const isListed = ({ errors }: Compared): boolean =>
    errors.every((error) => classOf(classes, error) !== undefined);
  return {
    alike: all.length - onlyEnvoy.length - onlyOurs.length,
    accepted: all.filter(({ envoy, errors }) => envoy === '' && errors.length === 0).length,
    onlyEnvoy,
    listed: onlyOurs.filter(isListed),
    unlisted: onlyOurs.filter((one) => !isListed(one)),
  };
}

/** The mutant of a seed, always the same. */
export function mutantOf(seed: number): Mutant {
  const random = new Random(seed);
  return mutate(random, sample(random));
}

export async function compare(binary: string, seeds: readonly number[]): Promise<Compared[]> {
  const mutants = seeds.map(mutantOf);
  const answers = await envoyValidate(
    binary,
    mutants.map(({ value }) => value),
  );
  return mutants.map((mutant, i) => ({
    seed: seeds[i] ?? 0,
    mutant,
    envoy: answers[i] ?? '',
    errors: ourErrors(mutant),
  }));
}

export function ourErrors({ value }: Mutant): Diagnostic[] {
  const text = JSON.stringify(value, undefined, 1);
  return validateFiles([{ path: 'mutant.json', text }]).problems.filter(
    ({ severity }) => severity === 'error',
  );
}
