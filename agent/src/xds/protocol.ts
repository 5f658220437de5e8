import type { MethodDefinition } from '@grpc/grpc-js';
import type { AdsNode, AnyBytes, DeltaRequest, DiscoveryRequest, RpcStatus } from '@onehop/core/api/ads.js';
import { incremental, stateOfTheWorld } from './adsService.js';
import { readDeltaResponse, readResponse } from './response.js';
import type { TypeState } from './typeState.js';

/** State of the world, or incremental ("delta") xDS. */
export const xdsProtocols = ['sotw', 'delta'] as const;
export type XdsProtocol = (typeof xdsProtocols)[number];

/** A resource as it came: `name` and `version` are "" where only the resource itself, or the response, says them. */
export interface Arrived {
  readonly name: string;
  readonly version: string;
  readonly any: AnyBytes;
}

/** A response of either protocol. */
export interface XdsResponse {
  readonly typeUrl: string;
  readonly version: string;
  readonly nonce: string;
  readonly resources: readonly Arrived[];
  /** Names that are held and stay as they are. */
  readonly unchanged: readonly string[];
  /** Names that the control plane says do not exist; undefined when what is left out says it. */
  readonly removed: readonly string[] | undefined;
}

/** What one protocol puts on the wire. Of one stream: `open` starts anew. */
export interface Dialect {
  readonly method: MethodDefinition<object, object>;
  /** A new stream: what was said on the one before is forgotten. */
  open(): void;
  /** The request that subscribes to exactly `names` (none: everything of a listed type). */
  subscribe(state: TypeState, names: ReadonlySet<string>, node: AdsNode | null): object;
  /** The request that answers the last response. */
  answer(state: TypeState, nonce: string, error: RpcStatus | null, names: ReadonlySet<string>): object;
  read(response: object): XdsResponse;
}

export function dialectOf(protocol: XdsProtocol): Dialect {
  return protocol === 'delta' ? new Delta() : new StateOfTheWorld();
}

class StateOfTheWorld implements Dialect {
  readonly method = stateOfTheWorld as unknown as MethodDefinition<object, object>;
  readonly read = readResponse as (response: object) => XdsResponse;

  open(): void {
    // Every request names all that it wants.
  }

  subscribe(state: TypeState, names: ReadonlySet<string>, node: AdsNode | null): DiscoveryRequest {
    return {
      versionInfo: state.version,
      node,
      resourceNames: [...names],
      typeUrl: state.typeUrl,
      responseNonce: state.nonce,
      errorDetail: null,
    };
  }

  answer(
    state: TypeState,
    nonce: string,
    errorDetail: RpcStatus | null,
    names: ReadonlySet<string>,
  ): DiscoveryRequest {
    return { ...this.subscribe(state, names, null), responseNonce: nonce, errorDetail };
  }
}

class Delta implements Dialect {
  readonly method = incremental as unknown as MethodDefinition<object, object>;
  readonly read = readDeltaResponse as (response: object) => XdsResponse;
  /** What the control plane knows of this stream: a type is missing until its first request. */
  readonly #subscribed = new Map<TypeState, ReadonlySet<string>>();

  open(): void {
    this.#subscribed.clear();
  }

  subscribe(state: TypeState, names: ReadonlySet<string>, node: AdsNode | null): DeltaRequest {
    const before = this.#subscribed.get(state);
    this.#subscribed.set(state, new Set(names));
    return {
      node,
      typeUrl: state.typeUrl,
      resourceNamesSubscribe: [...names].filter((name) => !before?.has(name)),
      resourceNamesUnsubscribe: [...(before ?? [])].filter((name) => !names.has(name)),
      initialResourceVersions: before === undefined ? state.heldVersions() : {},
      responseNonce: '',
      errorDetail: null,
    };
  }

  answer({ typeUrl }: TypeState, responseNonce: string, errorDetail: RpcStatus | null): DeltaRequest {
    return {
      node: null,
      typeUrl,
      resourceNamesSubscribe: [],
      resourceNamesUnsubscribe: [],
      initialResourceVersions: {},
      responseNonce,
      errorDetail,
    };
  }
}
