import type { ApplyProgress, Node } from '@onehop/core/api/controlplane.generated.js';
import type {
  DeltaRequest,
  DeltaResponse,
  DiscoveryRequest,
  DiscoveryResponse,
} from '@onehop/core/api/ads.js';
import { rejectionOf, type Rejection } from '@onehop/core/api/rejections.js';
import { type JsonObject, resourcesOf, type XdsResource } from '@onehop/core/resources/model.js';
import { shareJson } from '@onehop/core/resources/share.js';
import { AdsStream, type AdsRequest, type AdsStreamOptions, type NodeStream } from './adsStream.js';
import { findDangling } from './consistency.js';
import { DeltaSubscription } from './deltaSubscription.js';
import { refused } from './errors.js';
import type { Log } from './log.js';
import { buildSnapshot, type Snapshot } from './snapshot.js';
import { Subscription } from './subscription.js';

export interface ControlPlaneOptions {
  readonly log: Log;
  /** See AdsStreamOptions. */
  readonly stepTimeoutMs?: number;
  /** How long `apply` waits, after a refusal, until all nodes have the last good snapshot again. */
  readonly rollbackTimeoutMs?: number;
}

/**
 * One snapshot for all nodes, and how each of them answers it. Nodes are known by the id of their first request and stay
 * known when their stream ends.
 */
export class ControlPlane {
  readonly #log: Log;
  readonly #stepTimeoutMs: number;
  readonly #rollbackTimeoutMs: number;
  readonly #nodes = new Map<string, NodeEntry>();
  readonly #streams = new Set<NodeStream>();
  readonly #watchers = new Set<() => void>();
  readonly #listeners = new Set<() => void>();
  #snapshot: Snapshot;
  #rejections: readonly Rejection[] = [];
  #applying: Promise<unknown> = Promise.resolve();

  constructor(options: ControlPlaneOptions) {
    this.#log = options.log;
    this.#stepTimeoutMs = options.stepTimeoutMs ?? 5_000;
    this.#rollbackTimeoutMs = options.rollbackTimeoutMs ?? 5_000;
    this.#snapshot = checkedSnapshot([]);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Why nodes refused the last snapshot that was applied; empty when none did, and while one is being applied. */
  get rejections(): readonly Rejection[] {
    return this.#rejections;
  }

  /** Makes `resources` the snapshot, without waiting for anybody. Throws ControlPlaneError (refused). */
  load(resources: readonly XdsResource[]): Snapshot {
    this.#serve(checkedSnapshot(resources, this.#snapshot));
    return this.#snapshot;
  }

  /**
   * Makes `resources` the snapshot and tells how each node that is connected answers, until all have or `timeoutMs` is
   * over. If any node refuses a part, the snapshot before becomes the snapshot again, for all nodes, so that one that
   * starts later gets it too. Resolves to the last message. One call after the other; rejects with ControlPlaneError
   * (refused) when the resources are no consistent set: nothing changes then.
   */
  apply(
    resources: readonly XdsResource[],
    timeoutMs: number,
    onProgress: (progress: ApplyProgress) => void,
  ): Promise<ApplyProgress> {
    const run = this.#applying.then(() =>
      this.#apply(checkedSnapshot(resources, this.#snapshot), timeoutMs, onProgress),
    );
    this.#applying = run.catch(() => undefined);
    return run;
  }

  /** Calls back after every change of the snapshot or of a node, until the function returned is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  nodes(): Node[] {
    return [...this.#nodes].map(([id, { stream, connected }]) => ({
      id,
      connected,
      types: stream.subscriptions.map(({ typeUrl, sent, acked, error }) => ({
        typeUrl,
        sentVersion: sent?.version ?? '',
        ackedVersion: acked?.version ?? '',
        error: error?.message ?? '',
      })),
    }));
  }

  /** A client connected that speaks state of the world. `send` must take a response whole. */
  connect(send: (response: DiscoveryResponse) => void): Connection<DiscoveryRequest> {
    return this.#connect({ subscribe: (typeUrl) => new Subscription(typeUrl), send });
  }

  /** A client connected that speaks incremental xDS. */
  connectDelta(send: (response: DeltaResponse) => void): Connection<DeltaRequest> {
    return this.#connect({ subscribe: (typeUrl) => new DeltaSubscription(typeUrl), send });
  }

  #connect<Request extends AdsRequest, Response>(
    protocol: Pick<AdsStreamOptions<Request, Response>, 'subscribe' | 'send'>,
  ): Connection<Request> {
    const stream = new AdsStream<Request, Response>({
      ...protocol,
      snapshot: this.#snapshot,
      onChange: () => this.#changed(),
      log: this.#log,
      stepTimeoutMs: this.#stepTimeoutMs,
    });
    this.#streams.add(stream);
    let id: string | undefined;
    return {
      receive: (request) => {
        id ??= this.#register(request, stream);
        if (id === undefined) return false;
        stream.receive(request);
        return true;
      },
      close: () => {
        stream.close();
        this.#streams.delete(stream);
        const entry = id === undefined ? undefined : this.#nodes.get(id);
        // A node that is back already has a new stream.
        if (entry?.stream === stream) entry.connected = false;
        this.#log.info({ node: id }, 'node disconnected');
        this.#changed();
      },
    };
  }

  #register(request: AdsRequest, stream: NodeStream): string | undefined {
    const id = request.node?.id ?? '';
    if (id === '') return undefined;
    this.#nodes.set(id, { stream, connected: true });
    this.#log.info({ node: id, agent: request.node?.userAgentName }, 'node connected');
    for (const listener of this.#listeners) listener();
    return id;
  }

  async #apply(
    snapshot: Snapshot,
    timeoutMs: number,
    onProgress: (progress: ApplyProgress) => void,
  ): Promise<ApplyProgress> {
    const lastGood = this.#snapshot;
    const waiting = new Set([...this.#nodes].filter(([, entry]) => entry.connected).map(([id]) => id));
    const states = new Set<string>();
    const rejections = new Map<string, Rejection>();
    this.#rejections = [];
    const report = (progress: ApplyProgress): void => {
      for (const rejection of progress.rejections) rejections.set(JSON.stringify(rejection), rejection);
      states.add(progress.state);
      waiting.delete(progress.node);
      onProgress(progress);
    };
    this.#serve(snapshot);
    await this.#until(timeoutMs, () => {
      for (const id of waiting) {
        const progress = this.#progressOf(id, snapshot, lastGood);
        if (progress !== undefined) report(progress);
      }
      return waiting.size === 0;
    });
    const late = [...waiting];
    for (const id of late) report(this.#lateProgressOf(id, snapshot, lastGood));

    this.#rejections = [...rejections.values()];
    if (states.has('nacked')) await this.#rollBack(lastGood);
    else this.#watchLate(late, snapshot, lastGood);
    const state = ['nacked', 'timeout'].find((one) => states.has(one)) ?? 'acked';
    this.#log.info({ version: snapshot.version, state, inForce: this.#snapshot.version }, 'snapshot applied');
    return {
      version: snapshot.version,
      node: '',
      state,
      rejections: [],
      done: true,
      inForce: this.#snapshot.version,
    };
  }

  /** The node's answer, once it is complete. */
  #progressOf(id: string, snapshot: Snapshot, lastGood: Snapshot): ApplyProgress | undefined {
    const entry = this.#nodes.get(id);
    if (entry === undefined || !entry.connected || entry.stream.snapshot !== snapshot) return undefined;
    const { answer, rejections } = entry.stream;
    if (answer === 'pending') return undefined;
    const inForce = answer === 'acked' ? snapshot.version : lastGood.version;
    return { version: snapshot.version, node: id, state: answer, rejections, done: false, inForce };
  }

  /** Of a node that has not answered everything in time. One part refused is enough for the whole. */
  #lateProgressOf(id: string, snapshot: Snapshot, lastGood: Snapshot): ApplyProgress {
    const stream = this.#nodes.get(id)?.stream;
    const rejections = stream?.snapshot === snapshot ? stream.rejections : [];
    const nacked = rejections.length > 0;
    const inForce = nacked ? lastGood.version : (stream?.inForce ?? '');
    return {
      version: snapshot.version,
      node: id,
      state: nacked ? 'nacked' : 'timeout',
      rejections,
      done: false,
      inForce,
    };
  }

  async #rollBack(lastGood: Snapshot): Promise<void> {
    this.#log.warn(
      { from: this.#snapshot.version, to: lastGood.version },
      'a node refused the snapshot: back to the last good one',
    );
    this.#serve(lastGood);
    const settled = await this.#until(this.#rollbackTimeoutMs, () =>
      [...this.#nodes.values()].every(({ connected, stream }) => !connected || stream.answer !== 'pending'),
    );
    if (!settled)
      this.#log.warn({ version: lastGood.version }, 'not every node has confirmed the last good snapshot');
  }

  /** A refusal counts also when it comes too late to be told. */
  #watchLate(ids: readonly string[], snapshot: Snapshot, lastGood: Snapshot): void {
    const open = new Set(ids);
    const watcher = (): void => {
      for (const id of open) {
        const state = this.#progressOf(id, snapshot, lastGood)?.state;
        if (state !== undefined) open.delete(id);
        if (state === 'nacked' && this.#snapshot === snapshot) void this.#rollBack(lastGood);
      }
      if (open.size === 0 || this.#snapshot !== snapshot) this.#watchers.delete(watcher);
    };
    this.#watchers.add(watcher);
    watcher();
  }

  #serve(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const stream of this.#streams) stream.serve(snapshot);
    for (const listener of this.#listeners) listener();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
    for (const listener of this.#listeners) listener();
  }

  /** Resolves to true as soon as `condition` holds, looked at after every change; to false after `timeoutMs`. */
  #until(timeoutMs: number, condition: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(held);
      };
      const watcher = (): void => {
        if (condition()) end(true);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      this.#watchers.add(watcher);
      watcher();
    });
  }
}

export interface Connection<Request> {
  /** False when the first request does not say who the node is: the stream cannot be served. */
  receive(request: Request): boolean;
  close(): void;
}

interface NodeEntry {
  readonly stream: NodeStream;
  connected: boolean;
}

function checkedSnapshot(given: readonly XdsResource[], before?: Snapshot): Snapshot {
  const resources = before === undefined ? given : given.map((one) => sharedWith(before, one));
  const built = buildSnapshot(resources, before);
  if (!built.ok) throw refused(built.rejections);
  const dangling = findDangling(built.snapshot.set);
  if (dangling.length > 0) throw refused(dangling.map(rejectionOf));
  return built.snapshot;
}

/** The resource, with the objects of its version in `before` where nothing changed: those are not encoded again. */
function sharedWith(before: Snapshot, resource: XdsResource): XdsResource {
  const old = resourcesOf(before.set, resource.typeUrl)?.get(resource.name);
  if (old === undefined || old === resource) return resource;
  const value = shareJson(resource.value, old.value) as JsonObject;
  return value === old.value ? old : { ...resource, value };
}
