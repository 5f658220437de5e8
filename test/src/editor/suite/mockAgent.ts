/** Agents as they cannot be had otherwise: one that refuses, an older one, one that takes its time. */
import { rmSync } from 'node:fs';
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { loaderOptions, protoJson, protoPackage } from '@onehop/core/api/agent.generated.js';

export interface MockAgent {
  /** What it says its version is. */
  readonly version?: string;
  /** Lets nobody in. */
  readonly refuses?: boolean;
  /** Milliseconds before it says anything at all. */
  readonly slowMs?: number;
}

/** Listens at the place of an agent that has ended. `stop` leaves the place free. */
export async function startMockAgent(
  socket: string,
  { version = '', refuses = false, slowMs = 0 }: MockAgent,
): Promise<{ readonly stop: () => void }> {
  const definition = fromJSON(protoJson, loaderOptions)[`${protoPackage}.Agent`];
  if (definition === undefined || !('GetStatus' in definition)) throw new Error('agent.proto has changed');
  const denied = { code: status.PERMISSION_DENIED, details: 'not for you' };
  const streaming = (call: ServerWritableStream<object, object>, first: object): void => {
    if (refuses) return void call.emit('error', denied);
    setTimeout(() => call.write(first), slowMs);
  };
  const unary = (_call: unknown, answer: sendUnaryData<object>): void => answer(denied, null);
  const said = { version, node: 'node-1', kernel: '6.18', state: 'ready' };
  const server = new Server();
  server.addService(
    definition as never,
    {
      WatchStatus: (call: ServerWritableStream<object, object>) => streaming(call, said),
      WatchRoutes: (call: ServerWritableStream<object, object>) =>
        streaming(call, { generation: 1, rows: [] }),
      WatchTraffic: (call: ServerWritableStream<object, object>) => streaming(call, { rows: [], flows: [] }),
      GetStatus: unary,
    } as never,
  );
  rmSync(socket, { force: true });
  await new Promise<void>((done, failed) =>
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? done() : failed(error),
    ),
  );
  return {
    stop: () => {
      server.forceShutdown();
      rmSync(socket, { force: true });
    },
  };
}
