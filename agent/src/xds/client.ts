import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  formatFieldPath,
  LISTENER_TYPE,
  RESOURCE_TYPES,
  resourcesOf,
  ROUTE_TYPE,
  type ResourceProblem,
  type XdsResource,
  type XdsSet,
} from '@onehop/core/resources/model.js';
import { emptySet, type ApplyOutcome } from '../apply/outcome.js';
import type { ControlPlaneState, ResourceStatus } from '../parts.js';
import type { BackoffOptions } from './backoff.js';
import { judgeResponse } from './judge.js';
import type { Logger } from './logger.js';
import type { NodeIdentity } from './node.js';
import { dialectOf, type Dialect, type XdsProtocol } from './protocol.js';
import type { Security } from './security.js';
import { statusesOf } from './status.js';
import { AdsStream } from './stream.js';
import { Subscriptions } from './subscriptions.js';
import { TypeState, type Pending } from './typeState.js';
import { isWarm, neededNames, takeVisible, type TypeStates, warmingOf } from './warming.js';

export interface XdsClientOptions {
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  readonly node: NodeIdentity;
  /** State of the world when it is not given. */
  readonly protocol?: XdsProtocol;
  /** Plain text without a token when it is not given. */
  readonly security?: Security;
  /**
   * Puts a set in force as a whole and says what became of it. Called with one set at a time; what comes meanwhile is
   * in the next one.
   */
  readonly onUpdate: (set: XdsSet) => Promise<ApplyOutcome>;
  readonly log: Logger;
  /** Of this agent, told to the control plane. */
  readonly version?: string;
  /** After so long a resource that was asked for does not exist. Envoy's 15 s. */
  readonly missingAfterMs?: number;
  /**
   * How long a response goes unanswered whose listeners wait for routes, or whose clusters wait for endpoints. Envoy does
   * not wait at all: a control plane may send those only then.
   */
  readonly holdMs?: number;
  readonly backoff?: Partial<BackoffOptions>;
}

/**
 * An ADS client, state of the world or incremental. A response is answered when what it holds is in force in the kernel, or refused.
 *
 * Good and bad resources in one response: the good ones are taken, the bad ones keep their last good version (if there is
 * one), and the whole response is NACKed with every bad one named; of a malformed response nothing is taken (judge.ts). A
 * listener or cluster that a response leaves out, or says to be removed, is removed; a route configuration or endpoint
 * list goes when nothing refers to it.
 */
export class XdsClient implements Disposable {
  readonly #options: XdsClientOptions;
  readonly #states: TypeStates = {
    clusters: new TypeState(CLUSTER_TYPE, true),
    endpoints: new TypeState(ENDPOINT_TYPE, false),
    listeners: new TypeState(LISTENER_TYPE, true),
    routes: new TypeState(ROUTE_TYPE, false),
  };
  readonly #dialect: Dialect;
  readonly #stream: AdsStream;
  readonly #subscriptions: Subscriptions;
  readonly #watchers = new Set<() => void>();
  /** Responses that wait for what their resources need. */
  readonly #held = new Map<TypeState, Held>();
  /** What a response has waited for in vain; those after it do not wait for it again. */
  readonly #late = new WeakSet<XdsResource>();
  #clustersTimer: NodeJS.Timeout | undefined;
  #clustersReady = false;
  #controlPlane: ControlPlaneState;
  #outcome: ApplyOutcome = { generation: 0, inForce: emptySet, refused: [] };
  #dirty = false;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: XdsClientOptions) {
    this.#options = options;
    this.#controlPlane = { address: options.address, state: 'connecting', error: '' };
    this.#dialect = dialectOf(options.protocol ?? 'sotw');
    this.#stream = new AdsStream({
      address: options.address,
      security: options.security ?? {},
      method: this.#dialect.method,
      log: options.log,
      onOpen: () => this.#opened(),
      onResponse: (response) => this.#received(response),
      onState: (state, error) => {
        this.#controlPlane = { address: options.address, state, error };
        if (state === 'lost') this.#subscriptions.pause();
        this.#changed();
      },
      ...(options.backoff !== undefined && { backoff: options.backoff }),
    });
    this.#subscriptions = new Subscriptions({
      node: options.node,
      version: options.version ?? '',
      dialect: this.#dialect,
      send: (request) => this.#stream.send(request),
      onMissing: () => this.#schedule(),
      missingAfterMs: this.#missingAfterMs,
    });
  }

  /** Connects, and again whenever the connection ends. Never throws: see `controlPlane()`. */
  start(): void {
    this.#stream.connect();
  }

  controlPlane(): ControlPlaneState {
    return this.#controlPlane;
  }

  resources(): readonly ResourceStatus[] {
    return this.#all.flatMap(statusesOf);
  }

  /** Called after every change of `controlPlane()` or `resources()`. */
  onChange(watcher: () => void): void {
    this.#watchers.add(watcher);
  }

  /** Resolves when the update that is under way has come to its end. What is in force stays in force. */
  async close(): Promise<void> {
    this[Symbol.dispose]();
    await this.#running;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#stream.close();
    this.#subscriptions.pause();
    clearTimeout(this.#clustersTimer);
    for (const { timer } of this.#held.values()) clearTimeout(timer);
  }

  get #all(): TypeState[] {
    const { clusters, endpoints, listeners, routes } = this.#states;
    return [clusters, endpoints, listeners, routes];
  }

  get #missingAfterMs(): number {
    return this.#options.missingAfterMs ?? 15_000;
  }

  #opened(): void {
    this.#subscriptions.open(this.#all);
    this.#clustersTimer ??= setTimeout(() => {
      this.#clustersReady = true;
      this.#schedule();
    }, this.#missingAfterMs);
  }

  #received(message: object): void {
    const response = this.#dialect.read(message);
    const { typeUrl, version } = response;
    const state = this.#all.find((one) => one.typeUrl === typeUrl);
    if (state === undefined) {
      this.#options.log.warn({ typeUrl }, 'the control plane sent a type that was not asked for');
      return;
    }
    const judgement = judgeResponse(
      response,
      (name) => this.#subscriptions.isAskedFor(state, name),
      (name) => state.entries.get(name)?.wanted,
    );
    state.receive(judgement, response);
    this.#options.log.debug({ typeUrl, version, resources: response.resources.length }, 'response');
    this.#subscriptions.watch(state);
    // The other types name nothing that is asked for.
    if (state.listed) this.#resubscribe();
    this.#schedule();
    this.#changed();
  }

  #resubscribe(): boolean {
    const { endpoints, routes } = neededNames(this.#states);
    const changed = this.#subscriptions.set(this.#states.endpoints, endpoints);
    return this.#subscriptions.set(this.#states.routes, routes) || changed;
  }

  /** Everything that comes in one burst goes into one update. */
  #schedule(): void {
    this.#dirty = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#dirty && !this.#closed) {
      this.#dirty = false;
      const set = takeVisible(this.#states, this.#areClustersReady(), this.#outcome.inForce);
      const batch = new Map(
        this.#all.flatMap((state) => (state.pending ? [[state, state.pending] as const] : [])),
      );
      const before = this.#outcome.inForce;
      this.#settle(batch, await this.#putInForce(set), before);
    }
    // In the same step as the last look at #dirty: what comes after this starts a new run.
    this.#running = undefined;
  }

  async #putInForce(set: XdsSet): Promise<ApplyOutcome> {
    // Control planes repeat themselves, and what is held back changes nothing yet.
    if (isSameSet(set, this.#outcome.inForce)) return { ...this.#outcome, refused: [] };
    this.#outcome = await this.#options.onUpdate(set);
    return this.#outcome;
  }

  #areClustersReady(): boolean {
    const { clusters } = this.#states;
    this.#clustersReady ||=
      clusters.answered &&
      [...clusters.entries.values()].every(
        ({ wanted }) => !wanted || isWarm(this.#states, wanted, 'clusters'),
      );
    return this.#clustersReady;
  }

  #settle(batch: ReadonlyMap<TypeState, Pending>, { inForce, refused }: ApplyOutcome, before: XdsSet): void {
    let named = false;
    for (const state of this.#all) {
      const ofType = resourcesOf(inForce, state.typeUrl);
      // Nothing of this type came, was shown or refused.
      if (!batch.has(state) && refused.length === 0 && ofType === resourcesOf(before, state.typeUrl))
        continue;
      named ||= state.listed;
      for (const name of [...state.entries.keys()]) {
        state.settle(
          name,
          ofType?.get(name),
          refused.filter((one) => isAbout(one, state.typeUrl, name)),
        );
      }
    }
    blame(batch, refused);
    // What nothing refers to any more goes with the next update.
    if (named && this.#resubscribe()) this.#dirty = true;
    for (const [state, pending] of batch) this.#answer(state, pending);
    this.#changed();
  }

  /** Answers a response whose good resources are in force; later, while some of them still wait for others. */
  #answer(state: TypeState, pending: Pending): void {
    // A newer response has come, or the stream is a new one.
    if (this.#closed || state.pending !== pending) return;
    if (this.#warming(state).length > 0) {
      this.#hold(state, pending);
      return;
    }
    const { problems, version } = pending;
    if (problems.length > 0)
      this.#options.log.warn({ typeUrl: state.typeUrl, version, problems: problems.map(asText) }, 'NACK');
    this.#subscriptions.answer(state, pending);
  }

  #warming(state: TypeState): XdsResource[] {
    return warmingOf(state).filter((one) => !this.#late.has(one));
  }

  #hold(state: TypeState, pending: Pending): void {
    const held = this.#held.get(state);
    if (held?.pending === pending) return;
    clearTimeout(held?.timer);
    const timer = setTimeout(() => {
      for (const one of this.#warming(state)) this.#late.add(one);
      this.#answer(state, pending);
    }, this.#options.holdMs ?? 1_000);
    this.#held.set(state, { pending, timer });
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

interface Held {
  readonly pending: Pending;
  readonly timer: NodeJS.Timeout;
}

/** Every problem goes to the response of its type; one that belongs to none of them is told with all. */
function blame(batch: ReadonlyMap<TypeState, Pending>, refused: readonly ResourceProblem[]): void {
  const types = new Set([...batch.keys()].map(({ typeUrl }) => typeUrl as string));
  for (const [state, { problems }] of batch) {
    problems.push(...refused.filter(({ typeUrl }) => typeUrl === state.typeUrl || !types.has(typeUrl)));
  }
}

function isSameSet(a: XdsSet, b: XdsSet): boolean {
  return RESOURCE_TYPES.every((typeUrl) => {
    const [one, other] = [resourcesOf(a, typeUrl), resourcesOf(b, typeUrl)];
    if (one === other) return true;
    return (
      one?.size === other?.size && [...(one ?? [])].every(([name, resource]) => other?.get(name) === resource)
    );
  });
}

function isAbout(problem: ResourceProblem, typeUrl: string, name: string): boolean {
  return (problem.typeUrl === typeUrl && problem.resource === name) || problem.typeUrl === '';
}

function asText({ resource, path, message }: ResourceProblem): string {
  return `${resource}: ${formatFieldPath(path)}: ${message}`;
}
