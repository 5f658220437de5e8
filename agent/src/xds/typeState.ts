import type { AnyBytes } from '@onehop/core/api/ads.js';
import type { ResourceProblem, ResourceType, XdsResource } from '@onehop/core/resources/model.js';
import type { Judgement } from './judge.js';
import type { XdsResponse } from './protocol.js';

/** A resource as one response brought it. */
export interface Loaded {
  readonly resource: XdsResource;
  readonly bytes: Uint8Array;
  /** Its own, where the control plane gives it one, else that of the response. */
  readonly version: string;
}

/** What is known of one name. */
export interface Entry {
  /** The newest version that decodes and is valid. */
  wanted?: Loaded;
  /** What was last handed on: `wanted`, or while that is warming the one before. */
  visible?: Loaded;
  inForce?: Loaded;
  /** The newest version that was refused, until one is taken. */
  failed?: { readonly version: string; readonly problems: readonly ResourceProblem[] };
  /**
   * The control plane had its time and did not send it, or says that it does not exist. As in Envoy, routes and endpoints
   * that were there before stay in force.
   */
  missing: boolean;
}

/** The newest response of a type, from its arrival to the answer. */
export interface Pending {
  readonly version: string;
  readonly nonce: string;
  /** What is wrong with resources of it: at once, or later what could not be put in force. */
  readonly problems: ResourceProblem[];
  /** Incremental: responses before it that have no answer yet. Each has to get one. */
  readonly earlier: readonly Pending[];
}

/** A resource of a response, decoded and validated. `name` is "" when not even that can be read. */
export type Judged = { readonly name: string; readonly version: string } & (
  | { readonly ok: true; readonly resource: XdsResource; readonly any: AnyBytes }
  | { readonly ok: false; readonly problems: readonly ResourceProblem[] }
);

/** One resource type: its entries, the response that waits for an answer and what to say on the next request. */
export class TypeState {
  readonly entries = new Map<string, Entry>();
  pending: Pending | undefined;
  /** A response has come, on this stream or one before. */
  answered = false;
  #nonce = '';
  #acked = '';
  #exact = true;

  constructor(
    readonly typeUrl: ResourceType,
    /** Listeners and clusters: all of them are subscribed to, and what a response leaves out is gone. */
    readonly listed: boolean,
  ) {}

  /** For `version_info` and `response_nonce` of a request. */
  get version(): string {
    return this.#acked;
  }

  get nonce(): string {
    return this.#nonce;
  }

  /** A new stream knows no nonce. The version is kept only if nothing else is held: the server may skip what is named. */
  reopen(): void {
    this.pending = undefined;
    this.#nonce = '';
    if (!this.#exact) this.#acked = '';
    this.#exact = true;
  }

  /** For `initial_resource_versions`: what is in force. What is not sure to be is asked for again, with version "". */
  heldVersions(): Record<string, string> {
    return Object.fromEntries(
      [...this.entries].flatMap(([name, { wanted, inForce, failed, missing }]) => {
        if (wanted === undefined && inForce === undefined) return [];
        const sure = wanted === inForce && failed === undefined && !missing;
        return [[name, sure ? (wanted?.version ?? '') : '']];
      }),
    );
  }

  /** Takes the resources of a response in; the answer is due when they are in force. */
  receive({ judged, malformed }: Judgement, response: XdsResponse): void {
    const { version, nonce, unchanged, removed } = response;
    this.answered = true;
    this.#exact = false;
    const problems: ResourceProblem[] = [];
    for (const one of judged) {
      if (one.ok) {
        if (malformed) continue;
        this.#want(one.name, { resource: one.resource, bytes: one.any.value, version: one.version });
      } else {
        problems.push(...one.problems);
        this.#fail(one.name, one.version, one.problems);
      }
    }
    if (!malformed) {
      if (removed !== undefined) this.#remove(removed);
      else if (this.listed) this.#removeOthers(new Set([...judged.map((one) => one.name), ...unchanged]));
    }
    // In the state of the world the newest answer speaks for all.
    const before = removed === undefined ? undefined : this.pending;
    const earlier = before === undefined ? [] : [...before.earlier, { ...before, earlier: [] }];
    this.pending = { version, nonce, problems, earlier };
  }

  /** The pending response was answered. */
  wasAnswered(accepted: boolean): void {
    if (this.pending === undefined) return;
    this.#nonce = this.pending.nonce;
    if (accepted) {
      this.#acked = this.pending.version;
      this.#exact = true;
    }
    this.pending = undefined;
  }

  /** What was handed on as `visible` is in force, or `inForce` is what is there instead. */
  settle(name: string, inForce: XdsResource | undefined, problems: readonly ResourceProblem[]): void {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    const { visible, wanted } = entry;
    if (visible !== undefined && visible.resource === inForce) {
      entry.inForce = visible;
      return;
    }
    if (inForce === undefined) delete entry.inForce;
    if (wanted !== undefined && wanted === visible) {
      // Refused: it is not tried again until the control plane sends something else.
      entry.failed = { version: wanted.version, problems };
      assign(entry, 'wanted', entry.inForce);
    }
    assign(entry, 'visible', entry.inForce);
    this.#forgetIfEmpty(name, entry);
  }

  #want(name: string, loaded: Loaded): void {
    const entry = this.#entry(name);
    entry.missing = false;
    delete entry.failed;
    const same = entry.wanted !== undefined && equalBytes(entry.wanted.bytes, loaded.bytes);
    // The object stays, so that what did not change is seen to be the same by whoever compares.
    const next = same ? { ...loaded, resource: entry.wanted!.resource } : loaded;
    if (same && entry.visible === entry.wanted) entry.visible = next;
    if (same && entry.inForce?.resource === next.resource) entry.inForce = next;
    entry.wanted = next;
  }

  #fail(name: string, version: string, problems: readonly ResourceProblem[]): void {
    if (name !== '') this.#entry(name).failed = { version, problems };
  }

  #removeOthers(names: ReadonlySet<string>): void {
    for (const [name, entry] of this.entries) {
      if (names.has(name)) continue;
      delete entry.wanted;
      delete entry.failed;
    }
  }

  #remove(names: readonly string[]): void {
    for (const name of names) {
      const entry = this.entries.get(name);
      if (entry === undefined) continue;
      delete entry.failed;
      if (this.listed) delete entry.wanted;
      else entry.missing = true;
    }
  }

  #entry(name: string): Entry {
    let entry = this.entries.get(name);
    if (entry === undefined) this.entries.set(name, (entry = { missing: false }));
    return entry;
  }

  #forgetIfEmpty(name: string, entry: Entry): void {
    const empty = !entry.wanted && !entry.visible && !entry.inForce && !entry.failed;
    if (this.listed && empty) this.entries.delete(name);
  }
}

function assign<K extends 'wanted' | 'visible' | 'inForce'>(
  entry: Entry,
  key: K,
  value: Loaded | undefined,
): void {
  if (value === undefined) delete entry[key];
  else entry[key] = value;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
