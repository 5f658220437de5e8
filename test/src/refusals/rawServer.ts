/** An ADS server, state of the world, that sends what it is told, byte by byte. */
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import {
  type AnyBytes,
  decodeDiscoveryRequest,
  type DiscoveryRequest,
  type DiscoveryResponse,
  encodeDiscoveryResponse,
  streamAggregatedResources,
} from '@onehop/core/api/ads.js';
import { encodeAny } from '@onehop/core/envoy/codec.js';
import { RESOURCE_TYPES, type XdsResource } from '@onehop/core/resources/model.js';

type Stream = ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>;

export class RawServer {
  readonly #server = new Server();
  #stream: Stream | undefined;
  #nonce = 0;
  /** Streams that were opened: a client that breaks down comes back. */
  streams = 0;
  readonly #answers = new Map<string, (request: DiscoveryRequest) => void>();

  /** `good`: what every subscription gets first. */
  private constructor(private readonly good: readonly XdsResource[]) {
    this.#server.addService(
      {
        StreamAggregatedResources: {
          path: streamAggregatedResources,
          requestStream: true,
          responseStream: true,
          requestSerialize: () => Buffer.alloc(0),
          requestDeserialize: decodeDiscoveryRequest,
          responseSerialize: (message: DiscoveryResponse) => Buffer.from(encodeDiscoveryResponse(message)),
          responseDeserialize: () => undefined as never,
        },
      },
      { StreamAggregatedResources: (stream: Stream) => this.#serve(stream) },
    );
  }

  static listen(socket: string, good: readonly XdsResource[]): Promise<RawServer> {
    const raw = new RawServer(good);
    return new Promise((resolve, reject) =>
      raw.#server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve(raw) : reject(error),
      ),
    );
  }

  /** Resolves to the answer; rejects when there is none in 10 s. */
  send(typeUrl: string, resources: readonly AnyBytes[]): Promise<DiscoveryRequest> {
    const nonce = String(++this.#nonce);
    const answer = new Promise<DiscoveryRequest>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`response ${nonce} was not answered`)), 10_000);
      this.#answers.set(nonce, (request) => {
        clearTimeout(timer);
        this.#answers.delete(nonce);
        resolve(request);
      });
    });
    this.#write(typeUrl, resources, nonce);
    return answer;
  }

  /** All good resources of a type. */
  goodOf(typeUrl: string): AnyBytes[] {
    return this.good.filter((one) => one.typeUrl === typeUrl).map(anyOf);
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #serve(stream: Stream): void {
    this.#stream = stream;
    this.streams++;
    stream.on('data', (request: DiscoveryRequest) => {
      const answered = this.#answers.get(request.responseNonce);
      if (answered !== undefined) answered(request);
      else if (
        request.responseNonce === '' &&
        (RESOURCE_TYPES as readonly string[]).includes(request.typeUrl)
      )
        this.#write(request.typeUrl, this.goodOf(request.typeUrl), String(++this.#nonce));
    });
    stream.on('error', () => undefined);
    stream.on('end', () => stream.end());
  }

  #write(typeUrl: string, resources: readonly AnyBytes[], nonce: string): void {
    const controlPlane = { identifier: 'raw' };
    this.#stream?.write({ versionInfo: nonce, resources, typeUrl, nonce, controlPlane });
  }
}

export function anyOf({ typeUrl, value }: XdsResource): AnyBytes {
  const encoded = encodeAny(typeUrl, value);
  if (!encoded.ok) throw new Error(encoded.problems[0]?.message);
  return { typeUrl, value: encoded.bytes };
}
