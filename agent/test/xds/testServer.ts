import { Metadata, Server, ServerCredentials, status, type ServerDuplexStream } from '@grpc/grpc-js';
import {
  decodeDeltaRequest,
  decodeDiscoveryRequest,
  deltaAggregatedResources,
  encodeDeltaResponse,
  encodeDiscoveryResponse,
  streamAggregatedResources,
  type AnyBytes,
  type DeltaRequest,
  type DeltaResponse,
  type DiscoveryRequest,
  type DiscoveryResponse,
} from '@onehop/core/api/ads.js';
import { encodeAny } from '@onehop/core/envoy/codec.js';
import type { XdsResource } from '@onehop/core/resources/model.js';

/** Of an incremental request `resourceNames` are those that are subscribed to from now on. */
export type TestRequest = DiscoveryRequest & Partial<DeltaRequest>;

/** An ADS server of both protocols that does nothing by itself: a test says what it sends, and reads what the client asked. */
export class TestServer {
  readonly #server = new Server();
  readonly #arrived: { readonly stream: number; readonly request: TestRequest }[] = [];
  #call: ServerDuplexStream<DiscoveryRequest, DiscoveryResponse> | undefined;
  #deltaCall: ServerDuplexStream<TestRequest, DeltaResponse> | undefined;
  #streams = 0;
  #nonce = 0;
  #wake = (): void => undefined;

  private constructor() {
    this.#server.addService(
      {
        StreamAggregatedResources: {
          path: streamAggregatedResources,
          requestStream: true,
          responseStream: true,
          requestSerialize: () => Buffer.alloc(0),
          requestDeserialize: decodeDiscoveryRequest,
          responseSerialize: (message: DiscoveryResponse | Buffer) =>
            Buffer.isBuffer(message) ? message : Buffer.from(encodeDiscoveryResponse(message)),
          responseDeserialize: () => undefined,
        },
        DeltaAggregatedResources: {
          path: deltaAggregatedResources,
          requestStream: true,
          responseStream: true,
          requestSerialize: () => Buffer.alloc(0),
          requestDeserialize: (bytes: Buffer): TestRequest => {
            const request = decodeDeltaRequest(bytes);
            return { ...request, resourceNames: request.resourceNamesSubscribe, versionInfo: '' };
          },
          responseSerialize: (message: DeltaResponse) => Buffer.from(encodeDeltaResponse(message)),
          responseDeserialize: () => undefined,
        },
      },
      {
        StreamAggregatedResources: (call: ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>) =>
          this.#accept((this.#call = call) as ServerDuplexStream<TestRequest, DiscoveryResponse>),
        DeltaAggregatedResources: (call: ServerDuplexStream<TestRequest, DeltaResponse>) =>
          this.#accept((this.#deltaCall = call)),
      },
    );
  }

  /** `address`: unix:/path or 127.0.0.1:port; with port 0, resolves to a server with the port in `address`. */
  static async listen(address: string): Promise<TestServer & { readonly address: string }> {
    const server = new TestServer();
    const port = await new Promise<number>((resolve, reject) => {
      server.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return Object.assign(server, { address: address.replace(/:0$/, `:${port}`) });
  }

  get streams(): number {
    return this.#streams;
  }

  send(typeUrl: string, version: string, resources: readonly (XdsResource | AnyBytes)[]): string {
    if (this.#deltaCall !== undefined) return this.sendDelta(typeUrl, version, resources);
    const nonce = `n${++this.#nonce}`;
    this.#call?.write({
      versionInfo: version,
      resources: resources.map(toAny),
      typeUrl,
      nonce,
      controlPlane: null,
    });
    return nonce;
  }

  /** Each resource has the version of the response. */
  sendDelta(
    typeUrl: string,
    version: string,
    resources: readonly (XdsResource | AnyBytes)[],
    removedResources: readonly string[] = [],
  ): string {
    const nonce = `n${++this.#nonce}`;
    this.#deltaCall?.write({
      systemVersionInfo: version,
      resources: resources.map((one) => ({
        name: 'name' in one ? one.name : '',
        version,
        resource: toAny(one),
      })),
      typeUrl,
      removedResources,
      nonce,
      controlPlane: null,
    });
    return nonce;
  }

  /** Bytes in the place of a DiscoveryResponse. */
  sendBytes(bytes: Buffer): void {
    this.#call?.write(bytes as unknown as DiscoveryResponse);
  }

  /** The next request for a type; those for other types are kept. */
  async request(typeUrl: string, timeoutMs = 1_500): Promise<TestRequest> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const index = this.#arrived.findIndex(({ request }) => request.typeUrl === typeUrl);
      if (index >= 0) return this.#arrived.splice(index, 1)[0]!.request;
      if (performance.now() >= deadline) throw new Error(`no request for ${typeUrl}`);
      await this.#change(deadline - performance.now());
    }
  }

  /** The answer to a response; requests before it are dropped. */
  async answer(typeUrl: string, nonce: string): Promise<TestRequest> {
    for (;;) {
      const request = await this.request(typeUrl);
      if (request.responseNonce === nonce) return request;
    }
  }

  /** Requests that came and were not read. */
  unread(typeUrl: string): readonly TestRequest[] {
    return this.#arrived.flatMap(({ request }) => (request.typeUrl === typeUrl ? [request] : []));
  }

  /** Ends the stream with a gRPC status. */
  endStream(code: status = status.OK): void {
    const call = this.#call ?? this.#deltaCall;
    this.#call = this.#deltaCall = undefined;
    this.#arrived.length = 0;
    if (code === status.OK) call?.end();
    else call?.emit('error', { code, details: 'by the test' });
  }

  close(): void {
    this.#call = this.#deltaCall = undefined;
    this.#server.forceShutdown();
  }

  #accept<Response>(call: ServerDuplexStream<TestRequest, Response>): void {
    const stream = ++this.#streams;
    call.sendMetadata(new Metadata());
    call.on('data', (request: TestRequest) => {
      this.#arrived.push({ stream, request });
      this.#wake();
    });
    call.on('error', () => undefined);
    call.on('end', () => call.end());
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

export function toAny(resource: XdsResource | AnyBytes): AnyBytes {
  if (!('name' in resource)) return resource;
  const encoded = encodeAny(resource.typeUrl, resource.value);
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.problems));
  return { typeUrl: resource.typeUrl, value: encoded.bytes };
}
