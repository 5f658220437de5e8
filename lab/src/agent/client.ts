import {
  Client,
  credentials,
  Metadata,
  type ClientReadableStream,
  type MethodDefinition,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { loaderOptions, protoJson, protoPackage } from '@onehop/core/api/agent.generated.js';
import type {
  AgentMethods,
  Counters,
  Event,
  ExplainRequest,
  Explanation,
  Knobs,
  MapDump,
  MapList,
  Routes,
  Status,
  Traffic,
} from '@onehop/core/api/agent.generated.js';
import { agentError, type AgentAddress } from './errors.js';

/** Milliseconds that a call may take. A dump of a large map is the slowest. */
const callDeadline = 5_000;
const dumpDeadline = 30_000;

/** Milliseconds between pings, and how long an answer may take. */
export interface Keepalive {
  readonly everyMs: number;
  readonly answerMs: number;
}

/**
 * The API of one node's agent, over its unix socket (core/src/api/agent.proto).
 * Every method rejects with AgentError.
 */
export class AgentClient implements Disposable {
  readonly #client: Client;

  /** With `keepalive` an agent that does not even answer pings is found out to be gone within the sum of both. */
  constructor(
    readonly address: AgentAddress,
    { keepalive }: { readonly keepalive?: Keepalive } = {},
  ) {
    this.#client = new Client(`unix:${address.socket}`, credentials.createInsecure(), {
      // Each client has a connection of its own, so that one that closes ends nothing of another.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      'grpc.max_receive_message_length': 256 * 1024 * 1024,
      ...(keepalive !== undefined && {
        'grpc.keepalive_time_ms': keepalive.everyMs,
        'grpc.keepalive_timeout_ms': keepalive.answerMs,
      }),
    });
  }

  status(): Promise<Status> {
    return this.#call('GetStatus', {});
  }

  /** The state now, then after every change. */
  watchStatus(): Promise<Subscription<Status>> {
    return this.#watch('WatchStatus', {});
  }

  routes(): Promise<Routes> {
    return this.#call('GetRoutes', {});
  }

  /** The routes now, after every configuration, and when a counter has moved, at most every `intervalMs`. */
  watchRoutes(intervalMs: number): Promise<Subscription<Routes>> {
    return this.#watch('WatchRoutes', { intervalMs });
  }

  /** What happened in each interval of `intervalMs`, summed up. */
  watchTraffic(intervalMs: number): Promise<Subscription<Traffic>> {
    return this.#watch('WatchTraffic', { intervalMs });
  }

  maps(): Promise<MapList> {
    return this.#call('ListMaps', {});
  }

  map(name: string): Promise<MapDump> {
    return this.#call('DumpMap', { name }, dumpDeadline);
  }

  /** The whole map, then again after each change, at most every `intervalMs`. */
  watchMap(name: string, intervalMs: number): Promise<Subscription<MapDump>> {
    return this.#watch('WatchMap', { name, intervalMs });
  }

  /** Events from the moment this resolves on. No workloads: all. */
  watchEvents(workloads: readonly string[] = []): Promise<Subscription<Event>> {
    return this.#watch('WatchEvents', { workloads });
  }

  counters(): Promise<Counters> {
    return this.#call('GetCounters', {});
  }

  /** The kernel's cookie, in decimal, of the socket with this local address. Its events are never sampled away from now on. */
  async traceSocket(address: string, port: number): Promise<string> {
    return (await this.#call('TraceSocket', { address, port })).cookie;
  }

  /** Where a request would go: nothing is sent, counted or used up. */
  explain(request: ExplainRequest): Promise<Explanation> {
    return this.#call('Explain', request);
  }

  knobs(): Promise<Knobs> {
    return this.#call('GetKnobs', {});
  }

  /** Sets the knobs that are present; resolves to all. */
  setKnobs(knobs: Knobs): Promise<Knobs> {
    return this.#call('SetKnobs', knobs);
  }

  async setLogLevel(level: string): Promise<string> {
    return (await this.#call('SetLogLevel', { level })).level;
  }

  close(): void {
    this.#client.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call<M extends Method<false>>(
    name: M,
    request: Request<M>,
    deadlineMs = callDeadline,
  ): Promise<Response<M>> {
    const { path, requestSerialize, responseDeserialize } = method(name);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          if (error !== null) reject(agentError(error, name, this.address));
          else resolve(response as Response<M>);
        },
      );
    });
  }

  #watch<M extends Method<true>>(name: M, request: Request<M>): Promise<Subscription<Response<M>>> {
    const { path, requestSerialize, responseDeserialize } = method(name);
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      {},
    );
    return Subscription.open(stream as ClientReadableStream<Response<M>>, name, this.address, callDeadline);
  }
}

/** A stream of the agent's messages. Iterating it throws AgentError when the agent goes away, and ends after close(). */
export class Subscription<T> implements AsyncIterable<T>, Disposable {
  #closed = false;
  #error: unknown;

  private constructor(
    readonly stream: ClientReadableStream<T>,
    readonly method: string,
    readonly address: AgentAddress,
  ) {
    // A stream that failed before anybody reads would only look as if it had ended.
    stream.on('error', (error) => (this.#error = error));
  }

  /** Resolves when the agent has confirmed the subscription: it sends its header only once it is in place. */
  static open<T>(
    stream: ClientReadableStream<T>,
    method: string,
    address: AgentAddress,
    deadlineMs: number,
  ): Promise<Subscription<T>> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        stream.cancel();
        reject(agentError(error, method, address));
      };
      const timer = setTimeout(() => fail(new Error(`no answer in ${deadlineMs} ms`)), deadlineMs);
      stream.once('error', fail);
      stream.once('metadata', () => {
        clearTimeout(timer);
        stream.off('error', fail);
        resolve(new Subscription(stream, method, address));
      });
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for await (const message of this.stream) yield message as T;
    } catch (error) {
      this.#error = error;
    }
    if (this.#error !== undefined && !this.#closed) throw agentError(this.#error, this.method, this.address);
  }

  close(): void {
    this.#closed = true;
    this.stream.cancel();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

type Method<Stream extends boolean> = {
  [K in keyof AgentMethods]: AgentMethods[K]['stream'] extends Stream ? K : never;
}[keyof AgentMethods];
type Request<M extends keyof AgentMethods> = AgentMethods[M]['request'];
type Response<M extends keyof AgentMethods> = AgentMethods[M]['response'];

let service: Record<string, MethodDefinition<object, object>> | undefined;

function method(name: keyof AgentMethods): MethodDefinition<object, object> {
  service ??= loadService();
  const found = service[name];
  if (found === undefined) throw new Error(`agent.proto has no method ${name}`);
  return found;
}

function loadService(): Record<string, MethodDefinition<object, object>> {
  const loaded = fromJSON(protoJson, loaderOptions);
  return loaded[`${protoPackage}.Agent`] as unknown as Record<string, MethodDefinition<object, object>>;
}
