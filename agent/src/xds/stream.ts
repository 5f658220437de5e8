import {
  Client,
  connectivityState,
  Metadata,
  status,
  type ClientDuplexStream,
  type MethodDefinition,
  type StatusObject,
} from '@grpc/grpc-js';
import { Backoff, type BackoffOptions } from './backoff.js';
import type { Logger } from './logger.js';
import { callMetadata, channelCredentials, channelOptions, type Security } from './security.js';

/** A stream that held so long had no fault of its own, even if the server had nothing to say on it. */
const soundAfterMs = 5_000;

export type StreamState = 'connecting' | 'connected' | 'lost';

export interface StreamOptions {
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  readonly security: Security;
  /** StreamAggregatedResources or DeltaAggregatedResources. */
  readonly method: MethodDefinition<object, object>;
  /** A new stream: everything must be subscribed to again. */
  readonly onOpen: () => void;
  readonly onResponse: (response: object) => void;
  /** `error` says why the connection was lost. */
  readonly onState: (state: StreamState, error: string) => void;
  readonly log: Logger;
  readonly backoff?: Partial<BackoffOptions>;
}

/** An ADS stream that is opened again, with a growing pause, whenever it ends. */
export class AdsStream implements Disposable {
  readonly #options: StreamOptions;
  readonly #backoff: Backoff;
  #client: Client | undefined;
  #call: ClientDuplexStream<object, object> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #openedAt = 0;
  #closed = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
  }

  connect(): void {
    this.#options.onState('connecting', '');
    this.#open();
  }

  /** Does nothing while there is no stream: all requests are made anew when one opens. */
  send(request: object): void {
    this.#call?.write(request);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): void {
    const { address, security, onOpen, onResponse, onState } = this.#options;
    let client: Client;
    let metadata: Metadata;
    try {
      metadata = callMetadata(security);
      // A client of its own for each attempt: a shared one would wait by gRPC's rules before it connects again.
      client = new Client(address, channelCredentials(security), channelOptions(address, security));
    } catch (error) {
      // Files are read at each attempt, as certificates and tokens are renewed: what is wrong now may be right then.
      this.#retry(status.UNAUTHENTICATED, (error as Error).message);
      return;
    }
    const { path, requestSerialize, responseDeserialize } = this.#options.method;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, {});
    this.#client = client;
    this.#call = call;
    this.#openedAt = performance.now();
    whenReady(client, () => {
      if (this.#call === call) onState('connected', '');
    });
    call.on('data', (response: object) => {
      if (this.#call !== call) return;
      this.#backoff.reset();
      onResponse(response);
    });
    // The reason comes with `status`, which follows; without a listener the error would be thrown.
    call.on('error', () => undefined);
    call.on('status', (ended: StatusObject) => this.#ended(call, ended));
    onOpen();
  }

  #ended(call: object, { code, details }: StatusObject): void {
    if (this.#closed || this.#call !== call) return;
    this.#drop();
    if (performance.now() - this.#openedAt > soundAfterMs) this.#backoff.reset();
    this.#retry(code, details);
  }

  #retry(code: status, details: string): void {
    const pause = this.#backoff.nextMs();
    const error = code === status.OK ? 'the control plane ended the stream' : `${status[code]}: ${details}`;
    // A server that ends streams in peace, as some do every half hour, is no news.
    this.#options.log[code === status.OK ? 'debug' : 'warn'](
      { error, retryMs: Math.round(pause) },
      'no control plane',
    );
    this.#options.onState('lost', error);
    this.#timer = setTimeout(() => this.#open(), pause);
  }

  #drop(): void {
    const call = this.#call;
    const client = this.#client;
    this.#call = undefined;
    this.#client = undefined;
    call?.cancel();
    client?.close();
  }
}

/** gRPC tells that a call has reached the server only with the first response, which may never come. */
function whenReady(client: Client, ready: () => void): void {
  const channel = client.getChannel();
  const look = (): void => {
    const state = channel.getConnectivityState(false);
    if (state === connectivityState.READY) ready();
    else if (state !== connectivityState.SHUTDOWN) watch(state);
  };
  const watch = (state: connectivityState): void => {
    channel.watchConnectivityState(state, Infinity, (error) => {
      if (error === undefined) look();
    });
  };
  look();
}
