import type { ApplyProgress } from '@onehop/core/api/controlplane.generated.js';
import type { Rejection } from '@onehop/core/api/rejections.js';
import type { Store } from '../store/store.js';
import type { ControlPlaneError } from '@onehop/lab/controlplane/errors.js';
import type { Configuration } from './configuration.js';

/** How long the nodes have to answer. */
const timeoutMs = 10_000;

/** What came of an apply. */
export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly version: string; readonly nodes: readonly string[] }
  /** Nothing was sent. */
  | { readonly kind: 'invalid'; readonly errors: number }
  /** By a node or by the control plane itself; `inForce` stays. */
  | {
      readonly kind: 'rejected';
      readonly nodes: readonly string[];
      readonly rejections: readonly Rejection[];
      readonly inForce: string;
    }
  | { readonly kind: 'timeout'; readonly nodes: readonly string[]; readonly inForce: string }
  | { readonly kind: 'noLab' }
  /** The lab's control plane is not its own: what is in force is decided there. */
  | { readonly kind: 'foreign' };

/** Makes the files the configuration of the lab. One at a time; a call during another waits and then applies what is there then. */
export class Applier {
  #running: Promise<ApplyOutcome> | undefined;
  #next: Promise<ApplyOutcome> | undefined;

  constructor(
    private readonly store: Store,
    private readonly configuration: Configuration,
  ) {}

  /** Rejects with ControlPlaneError when the control plane goes away or `signal` aborts. */
  apply(signal: AbortSignal, tell: (progress: ApplyProgress) => void): Promise<ApplyOutcome> {
    if (this.#running === undefined) return this.#start(signal, tell);
    return (this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start(signal, tell);
      }));
  }

  #start(signal: AbortSignal, tell: (progress: ApplyProgress) => void): Promise<ApplyOutcome> {
    this.#running = this.#apply(signal, tell).finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #apply(signal: AbortSignal, tell: (progress: ApplyProgress) => void): Promise<ApplyOutcome> {
    const { lab } = this.store.state;
    if (lab.phase !== 'running' && lab.phase !== 'degraded') return { kind: 'noLab' };
    if (!lab.processes.some(({ kind }) => kind === 'control-plane')) return { kind: 'foreign' };
    const [{ applyResources }, { ControlPlaneError }, { resourcesIn }] = await Promise.all([
      import('@onehop/lab/controlplane/client.js'),
      import('@onehop/lab/controlplane/errors.js'),
      import('@onehop/core/resources/model.js'),
    ]);
    const { set, problems, hasErrors } = await this.configuration.readSaved();
    if (hasErrors)
      return { kind: 'invalid', errors: problems.filter(({ severity }) => severity === 'error').length };
    this.store.update({ apply: { kind: 'applying', rejections: [] } });
    const nodeOf = (id: string): string => (id.startsWith(`${lab.lab}.`) ? id.slice(lab.lab.length + 1) : id);
    const answers: ApplyProgress[] = [];
    let version = '';
    let outcome: ApplyOutcome | undefined;
    try {
      const socket = `${lab.stateDirectory}/xds.sock`;
      for await (const progress of applyResources(socket, resourcesIn(set), { timeoutMs, signal })) {
        version = progress.version;
        if (progress.done) continue;
        answers.push(progress);
        tell({ ...progress, node: nodeOf(progress.node) });
      }
      outcome = outcomeOf(answers, version, nodeOf);
      return outcome;
    } catch (error) {
      if (!(error instanceof ControlPlaneError) || error.reason !== 'refused') throw error;
      outcome = refusedOutcome(error, this.store.state.controlPlane.state?.version ?? '');
      return outcome;
    } finally {
      // What nodes refuse is pushed by the control plane; only what it did not take itself is known from the answer alone.
      const rejections = outcome?.kind === 'rejected' && outcome.nodes.length === 0 ? outcome.rejections : [];
      this.store.update({ apply: { kind: 'done', rejections } });
    }
  }
}

function outcomeOf(
  answers: readonly ApplyProgress[],
  version: string,
  nodeOf: (id: string) => string,
): ApplyOutcome {
  const of = (state: string): readonly ApplyProgress[] => answers.filter((one) => one.state === state);
  const names = (list: readonly ApplyProgress[]): readonly string[] => list.map(({ node }) => nodeOf(node));
  const rejected = of('nacked');
  if (rejected.length > 0)
    return {
      kind: 'rejected',
      nodes: names(rejected),
      rejections: distinct(rejected.flatMap(({ rejections }) => rejections)),
      inForce: rejected[0]?.inForce ?? '',
    };
  const late = of('timeout');
  if (late.length > 0) return { kind: 'timeout', nodes: names(late), inForce: late[0]?.inForce ?? '' };
  return { kind: 'applied', version, nodes: names(answers) };
}

function refusedOutcome({ rejections }: ControlPlaneError, inForce: string): ApplyOutcome {
  return { kind: 'rejected', nodes: [], rejections, inForce };
}

/** Nodes mostly refuse the same. */
function distinct(rejections: readonly Rejection[]): readonly Rejection[] {
  const seen = new Map(rejections.map((one) => [JSON.stringify(one), one]));
  return [...seen.values()];
}
