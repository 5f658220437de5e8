import { fileURLToPath } from 'node:url';
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ClientReadableStream,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { loaderOptions, protoFile, type AgentMethods } from '@onehop/core/api/agent.generated.js';

/** A bare client of the API, for tests of the server. */
export class TestClient {
  readonly #client: Client;
  readonly #methods: Record<string, MethodDefinition<object, object>>;

  constructor(socket: string) {
    const folder = new URL('./src/api/', import.meta.resolve('@onehop/core/package.json'));
    const loaded = loadSync(fileURLToPath(new URL(protoFile, folder)), loaderOptions);
    this.#methods = loaded['onehop.agent.v1.Agent'] as unknown as Record<
      string,
      MethodDefinition<object, object>
    >;
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  call<M extends keyof AgentMethods>(
    name: M,
    request: AgentMethods[M]['request'],
  ): Promise<AgentMethods[M]['response']> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + 5_000 },
        (error, response) =>
          error === null ? resolve(response as AgentMethods[M]['response']) : reject(error),
      );
    });
  }

  watch<M extends keyof AgentMethods>(
    name: M,
    request: AgentMethods[M]['request'],
  ): ClientReadableStream<AgentMethods[M]['response']> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name);
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      {},
    );
    stream.on('error', () => undefined);
    return stream as ClientReadableStream<AgentMethods[M]['response']>;
  }

  close(): void {
    this.#client.close();
  }

  #method(name: string): MethodDefinition<object, object> {
    const found = this.#methods[name];
    if (found === undefined) throw new Error(`no method ${name}`);
    return found;
  }
}

/** The first `n` messages of a stream. */
export async function take<T>(stream: ClientReadableStream<T>, n: number): Promise<T[]> {
  const seen: T[] = [];
  for await (const message of stream as AsyncIterable<T>) {
    seen.push(message);
    if (seen.length === n) break;
  }
  return seen;
}
