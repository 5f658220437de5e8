import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import type { ApplyProgress, ApplyRequest, State } from '@onehop/core/api/controlplane.generated.js';
import type { XdsResource } from '@onehop/core/resources/model.js';
import { adminService } from './adminService.js';
import { ControlPlaneError, refused } from './errors.js';
import { refusalIn } from './refusal.js';

const stateDeadlineMs = 5_000;

export interface ApplyOptions {
  /** How long to wait for the answers of the nodes. */
  readonly timeoutMs: number;
  /** Ends the iteration with ControlPlaneError (cancelled). The control plane goes on with what it was given. */
  readonly signal?: AbortSignal;
}

/**
 * Makes `resources` the configuration of all nodes and tells how each answers: a message a node, then one with `done`.
 * `socket` is the path of the control plane's unix socket. Throws ControlPlaneError; with reason `refused` the
 * resources were not taken at all and `rejections` says why.
 */
export async function* applyResources(
  socket: string,
  resources: readonly XdsResource[],
  options: ApplyOptions,
): AsyncGenerator<ApplyProgress, void, undefined> {
  const { path, requestSerialize, responseDeserialize } = adminService().Apply;
  const request: ApplyRequest = {
    resources: resources.map(({ typeUrl, name, value }) => ({ typeUrl, name, json: JSON.stringify(value) })),
    timeoutMs: options.timeoutMs,
  };
  const client = connect(socket);
  const call = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    new Metadata(),
    {},
  );
  const cancel = (): void => call.cancel();
  options.signal?.addEventListener('abort', cancel);
  if (options.signal?.aborted) cancel();
  try {
    for await (const progress of call) yield progress as ApplyProgress;
  } catch (error) {
    throw toControlPlaneError(error, socket);
  } finally {
    options.signal?.removeEventListener('abort', cancel);
    call.cancel();
    client.close();
  }
}

/** The snapshot that is served and how far each node is. Throws ControlPlaneError. */
export function getState(socket: string): Promise<State> {
  const { path, requestSerialize, responseDeserialize } = adminService().GetState;
  const client = connect(socket);
  return new Promise<State>((resolve, reject) => {
    const options = { deadline: Date.now() + stateDeadlineMs };
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      {},
      new Metadata(),
      options,
      (error, state) => {
        if (state === undefined) reject(toControlPlaneError(error, socket));
        else resolve(state);
      },
    );
  }).finally(() => client.close());
}

/**
 * The state at once and after every change; `resources` are those of `version` in every message. Throws ControlPlaneError:
 * `gone` when the control plane ends, `cancelled` when `signal` aborts.
 */
export async function* watchState(
  socket: string,
  signal: AbortSignal,
): AsyncGenerator<State, void, undefined> {
  const { path, requestSerialize, responseDeserialize } = adminService().WatchState;
  const client = connect(socket);
  const call = client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    {},
    new Metadata(),
    {},
  );
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  let last: State | undefined;
  try {
    for await (const message of call) {
      const state = message as State;
      last = state.version === last?.version ? { ...state, resources: last.resources } : state;
      yield last;
    }
  } catch (error) {
    throw toControlPlaneError(error, socket);
  } finally {
    signal.removeEventListener('abort', cancel);
    call.cancel();
    client.close();
  }
}

function connect(socket: string): Client {
  return new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.max_receive_message_length': 256 * 1024 * 1024,
  });
}

function toControlPlaneError(error: unknown, socket: string): ControlPlaneError {
  const options = { cause: error };
  if (!isServiceError(error))
    return new ControlPlaneError('failed', `The call failed: ${String(error)}`, seeLog, options);
  const rejections = refusalIn(error);
  if (rejections !== undefined) return refused(rejections);
  switch (error.code) {
    case status.CANCELLED:
      return new ControlPlaneError(
        'cancelled',
        'The call was cancelled.',
        'The control plane goes on by itself; ask for its state.',
        options,
      );
    case status.UNAVAILABLE:
      if (/\b(EACCES|EPERM)\b/.test(error.details))
        return new ControlPlaneError(
          'denied',
          `The control plane does not let this user in (${socket}).`,
          'Its socket is for the user who started the lab. Work as that user, or start the lab with `sudo onehop up` from this account.',
          options,
        );
      return new ControlPlaneError(
        'gone',
        `The control plane does not answer on ${socket}.`,
        `${seeLog} Start the lab again.`,
        options,
      );
    default:
      return new ControlPlaneError('failed', `The control plane failed: ${error.details}`, seeLog, options);
  }
}

const seeLog = 'See the log of the control plane.';

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number';
}
