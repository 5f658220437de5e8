import { connect } from 'node:net';
import { lstatSync, unlinkSync } from 'node:fs';
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type handleUnaryCall,
  type handleServerStreamingCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import {
  loaderOptions,
  protoJson,
  protoPackage,
  type AgentMethods,
} from '@onehop/core/api/agent.generated.js';
import type { Logger } from '../log/logger.js';
import { ApiError } from './errors.js';

/** The API as functions: a call that streams gets a `Push` and returns what to do when the caller has gone. */
export type ApiHandlers = {
  readonly [M in keyof AgentMethods]: AgentMethods[M]['stream'] extends true
    ? (request: AgentMethods[M]['request'], push: Push<AgentMethods[M]['response']>) => () => void
    : (
        request: AgentMethods[M]['request'],
      ) => AgentMethods[M]['response'] | Promise<AgentMethods[M]['response']>;
};

/** The sending end of a stream. */
export interface Push<T> {
  /** False: the caller reads too slowly; `onDrain` tells when there is room again. The message is sent either way. */
  send(message: T): boolean;
  onDrain(listener: () => void): void;
  fail(error: unknown): void;
}

/** The socket of the API cannot be had. */
export class SocketError extends Error {
  override readonly name = 'SocketError';

  constructor(
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The agent's API (core/src/api/agent.proto) on a unix socket that only its owner may open. */
export class ApiServer {
  readonly #server: Server;

  private constructor(
    server: Server,
    readonly socket: string,
  ) {
    this.#server = server;
  }

  /** Throws SocketError when the socket is in use or cannot be made. */
  static async listen(socket: string, handlers: ApiHandlers, log: Logger): Promise<ApiServer> {
    const server = new Server({ 'grpc.max_send_message_length': 256 * 1024 * 1024 });
    server.addService(serviceDefinition(), implementation(handlers, log));
    await removeStale(socket);
    // The mode must hold from the first moment: a socket is made with 0777 less the umask.
    const umask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
          error === null ? resolve() : reject(error),
        );
      });
    } catch (error) {
      server.forceShutdown();
      throw new SocketError(
        `Cannot listen on ${socket}: ${(error as Error).message}.`,
        'Its folder must exist and be writable, and the path may have at most 107 bytes.',
        { cause: error },
      );
    } finally {
      process.umask(umask);
    }
    return new ApiServer(server, socket);
  }

  /** Ends every call at once and removes the socket. */
  close(): void {
    this.#server.forceShutdown();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Removes a socket that nobody answers on: the last agent died with it. */
async function removeStale(socket: string): Promise<void> {
  const found = lstatSync(socket, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new SocketError(
      `${socket} exists and is no socket.`,
      'Remove it if it is yours, or choose another path.',
    );
  if (await answers(socket))
    throw new SocketError(
      `Another process listens on ${socket}.`,
      'An agent of this node is already running: stop it first (onehop down), or give the lab another name.',
    );
  unlinkSync(socket);
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    const done = (answer: boolean): void => {
      probe.destroy();
      resolve(answer);
    };
    probe.once('connect', () => done(true));
    // EAGAIN is a full backlog: somebody is there.
    probe.once('error', (error: NodeJS.ErrnoException) => done(error.code === 'EAGAIN'));
  });
}

function serviceDefinition(): ServiceDefinition {
  const loaded = fromJSON(protoJson, loaderOptions);
  return loaded[`${protoPackage}.Agent`] as ServiceDefinition;
}

function implementation(handlers: ApiHandlers, log: Logger): UntypedServiceImplementation {
  const definition = serviceDefinition();
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      definition[name]?.responseStream === true
        ? streaming(name, handler as StreamHandler, log)
        : unary(name, handler as UnaryHandler, log),
    ]),
  );
}

type UnaryHandler = (request: unknown) => unknown;
type StreamHandler = (request: unknown, push: Push<unknown>) => () => void;

function unary(name: string, handler: UnaryHandler, log: Logger): handleUnaryCall<unknown, unknown> {
  return (call, callback) => {
    new Promise((resolve) => resolve(handler(call.request))).then(
      (response) => callback(null, response),
      (error: unknown) => callback(wireError(name, error, log)),
    );
  };
}

function streaming(
  name: string,
  handler: StreamHandler,
  log: Logger,
): handleServerStreamingCall<unknown, unknown> {
  return (call) => {
    let end: (() => void) | undefined;
    call.once('close', () => end?.());
    call.once('cancelled', () => end?.());
    try {
      const stop = handler(call.request, pushTo(call, name, log));
      let stopped = false;
      end = () => {
        if (!stopped) stop();
        stopped = true;
      };
      // The header says that the subscription is in place: what happens from here on is seen.
      call.sendMetadata(new Metadata());
      if (call.cancelled) end();
    } catch (error) {
      call.emit('error', wireError(name, error, log));
    }
  };
}

function pushTo(call: ServerWritableStream<unknown, unknown>, name: string, log: Logger): Push<unknown> {
  return {
    send: (message) => call.cancelled || call.destroyed || call.write(message),
    onDrain: (listener) => void call.on('drain', listener),
    fail: (error) => void call.emit('error', wireError(name, error, log)),
  };
}

function wireError(name: string, error: unknown, log: Logger): { code: status; details: string } {
  if (error instanceof ApiError) return { code: error.code, details: error.message };
  log.error({ err: error, method: name }, 'an API call failed');
  return { code: status.INTERNAL, details: error instanceof Error ? error.message : String(error) };
}
