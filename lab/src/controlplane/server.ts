import { Server, status, type ServerDuplexStream } from '@grpc/grpc-js';
import type {
  DeltaRequest,
  DeltaResponse,
  DiscoveryRequest,
  DiscoveryResponse,
} from '@onehop/core/api/ads.js';
import { adminHandlers } from './admin.js';
import { adminService } from './adminService.js';
import { adsService } from './adsService.js';
import type { Connection, ControlPlane } from './controlPlane.js';
import type { Log } from './log.js';
import { listenOnTcp, type TcpAddress } from './tcp.js';
import { listenOnUnixSocket } from './unixSocket.js';

/** Resources of a large mesh in one message. */
const maxMessageBytes = 256 * 1024 * 1024;
const graceMs = 500;

/** A control plane on a unix socket: ADS for the nodes, the admin service for the lab. */
export class ControlPlaneServer implements Disposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on `path` (mode 0600). Throws ControlPlaneError. */
  static async listen(path: string, controlPlane: ControlPlane, log: Log): Promise<ControlPlaneServer> {
    const server = newServer(controlPlane, log);
    server.addService(adminService(), adminHandlers(controlPlane, log));
    await listenOnUnixSocket(server, path);
    return new ControlPlaneServer(server);
  }

  /** ADS alone on a TCP port, for nodes anywhere. With port 0, `port` says which it is. Throws ControlPlaneError. */
  static async listenOnTcp(
    address: TcpAddress,
    controlPlane: ControlPlane,
    log: Log,
  ): Promise<{ readonly server: ControlPlaneServer; readonly port: number }> {
    const server = newServer(controlPlane, log);
    const port = await listenOnTcp(server, address);
    return { server: new ControlPlaneServer(server), port };
  }

  /** Ends the streams; resolves when the socket is gone. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      // ADS streams never end by themselves.
      const force = setTimeout(() => this.#server.forceShutdown(), graceMs);
      this.#server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
  }
}

function newServer(controlPlane: ControlPlane, log: Log): Server {
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // A node that vanished without a word is noticed.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  server.addService(adsService, {
    StreamAggregatedResources: (call: ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>) =>
      serveStream(call, (send) => controlPlane.connect(send), log),
    DeltaAggregatedResources: (call: ServerDuplexStream<DeltaRequest, DeltaResponse>) =>
      serveStream(call, (send) => controlPlane.connectDelta(send), log),
  });
  return server;
}

function serveStream<Request, Response>(
  call: ServerDuplexStream<Request, Response>,
  connect: (send: (response: Response) => void) => Connection<Request>,
  log: Log,
): void {
  const connection = connect((response) => void call.write(response));
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    connection.close();
  };
  call.on('data', (request: Request) => {
    if (!open || connection.receive(request)) return;
    close();
    call.emit('error', { code: status.INVALID_ARGUMENT, details: 'The first request must have node.id.' });
  });
  call.on('end', () => {
    close();
    call.end();
  });
  call.on('cancelled', close);
  call.on('close', close);
  call.on('error', (error) => {
    log.debug({ err: error }, 'an ADS stream failed');
    close();
  });
}
