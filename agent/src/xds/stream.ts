import {
  Client,
  connectivityState,
  credentials,
  Metadata,
  status,
  type ClientDuplexStream,
  type StatusObject,
} from '@grpc/grpc-js';
import type { DiscoveryRequest, DiscoveryResponse } from '@onehop/core/api/ads.js';
import { stateOfTheWorld } from './adsService.js';
import { Backoff, type BackoffOptions } from './backoff.js';
import type { Logger } from './logger.js';

/** A stream that held so long had no fault of its own, even if the server had nothing to say on it. */
const soundAfterMs = 5_000;

export type StreamState = 'connecting' | 'connected' | 'lost';

export interface StreamOptions {
  /** `unix:/path` or `host:port`, without encryption. */
  readonly address: string;
  /** A new stream: everything must be subscribed to again. */
  readonly onOpen: () => void;
  readonly onResponse: (response: DiscoveryResponse) => void;
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
  #call: ClientDuplexStream<DiscoveryRequest, DiscoveryResponse> | undefined;
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
  send(request: DiscoveryRequest): void {
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
    const { address, onOpen, onResponse, onState } = this.#options;
    // A client of its own for each attempt: a shared one would wait by gRPC's rules before it connects again.
    const client = new Client(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      'grpc.max_receive_message_length': 256 * 1024 * 1024,
    });
    const { path, requestSerialize, responseDeserialize } = stateOfTheWorld;
    const call = client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      {},
    );
    this.#client = client;
    this.#call = call;
    this.#openedAt = performance.now();
    whenReady(client, () => {
      if (this.#call === call) onState('connected', '');
    });
    call.on('data', (response: DiscoveryResponse) => {
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
