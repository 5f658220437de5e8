import { Client, credentials, Metadata, type ClientDuplexStream } from '@grpc/grpc-js';
import {
  decodeDiscoveryResponse,
  encodeDiscoveryRequest,
  streamAggregatedResources,
  type DiscoveryRequest,
  type DiscoveryResponse,
  type RpcStatus,
} from '@onehop/core/api/ads.js';
import { decodeAny } from '@onehop/core/envoy/codec.js';
import type { JsonObject } from '@onehop/core/resources/model.js';

/** An ADS client that does nothing by itself: a test says what it asks and how it answers. */
export class AdsTestClient implements Disposable {
  readonly #client: Client;
  readonly #call: ClientDuplexStream<DiscoveryRequest, DiscoveryResponse>;
  readonly #arrived: DiscoveryResponse[] = [];
  #wake = (): void => undefined;
  ended: { readonly code: number; readonly details: string } | undefined;

  constructor(
    /** Path of a unix socket, or host:port. */
    address: string,
    readonly node: string,
  ) {
    this.#client = new Client(
      address.startsWith('/') ? `unix:${address}` : address,
      credentials.createInsecure(),
      {
        'grpc.use_local_subchannel_pool': 1,
      },
    );
    this.#call = this.#client.makeBidiStreamRequest(
      streamAggregatedResources,
      (message: DiscoveryRequest) => Buffer.from(encodeDiscoveryRequest(message)),
      decodeDiscoveryResponse,
      new Metadata(),
      {},
    );
    this.#call.on('data', (response: DiscoveryResponse) => {
      this.#arrived.push(response);
      this.#wake();
    });
    this.#call.on('error', () => undefined);
    this.#call.on('status', ({ code, details }) => {
      this.ended = { code, details };
      this.#wake();
    });
  }

  subscribe(typeUrl: string, names: readonly string[] = [], more: Partial<DiscoveryRequest> = {}): void {
    const node = { id: this.node, cluster: 'test', userAgentName: 'test', userAgentVersion: '' };
    this.#call.write({
      versionInfo: '',
      node,
      resourceNames: names,
      typeUrl,
      responseNonce: '',
      errorDetail: null,
      ...more,
    });
  }

  ack({ typeUrl, nonce, versionInfo }: DiscoveryResponse, names: readonly string[] = []): void {
    this.subscribe(typeUrl, names, { versionInfo, responseNonce: nonce });
  }

  nack(
    { typeUrl, nonce }: DiscoveryResponse,
    errorDetail: RpcStatus | string,
    names: readonly string[] = [],
  ): void {
    const error =
      typeof errorDetail === 'string' ? { code: 13, message: errorDetail, details: [] } : errorDetail;
    this.subscribe(typeUrl, names, { responseNonce: nonce, errorDetail: error });
  }

  /** The next response, of whatever type; throws when none comes in time or the stream ends. */
  async next(timeoutMs = 2_000): Promise<DiscoveryResponse> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const response = this.#arrived.shift();
      if (response !== undefined) return response;
      if (this.ended !== undefined) throw new Error(`the stream ended: ${this.ended.details}`);
      if (performance.now() >= deadline) throw new Error('no response');
      await this.#change(deadline - performance.now());
    }
  }

  /** What comes within `ms`. */
  async silence(ms = 100): Promise<readonly DiscoveryResponse[]> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return this.#arrived;
  }

  async end(timeoutMs = 2_000): Promise<{ readonly code: number; readonly details: string }> {
    const deadline = performance.now() + timeoutMs;
    while (this.ended === undefined && performance.now() < deadline)
      await this.#change(deadline - performance.now());
    if (this.ended === undefined) throw new Error('the stream does not end');
    return this.ended;
  }

  [Symbol.dispose](): void {
    this.#call.cancel();
    this.#client.close();
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** `Cluster: a, b` */
export function summary(response: DiscoveryResponse): string {
  return `${shortType(response.typeUrl)}: ${namesIn(response).sort().join(', ')}`;
}

export function namesIn(response: DiscoveryResponse): string[] {
  return valuesIn(response).map((value) => String(value['name'] ?? value['clusterName']));
}

export function valuesIn(response: DiscoveryResponse): JsonObject[] {
  return response.resources.map(({ typeUrl, value }) => {
    const decoded = decodeAny(typeUrl, value);
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
    return decoded.value;
  });
}

function shortType(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('.') + 1);
}
