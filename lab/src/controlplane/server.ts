import { Server, status, type ServerDuplexStream } from '@grpc/grpc-js';
import type { DiscoveryRequest, DiscoveryResponse } from '@onehop/core/api/ads.js';
import { adminHandlers } from './admin.js';
import { adminService } from './adminService.js';
import { adsService } from './adsService.js';
import type { ControlPlane } from './controlPlane.js';
import type { Log } from './log.js';
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
    const server = new Server({
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
    });
    server.addService(adsService, {
      StreamAggregatedResources: (call: AdsCall) => serveStream(call, controlPlane, log),
    });
    server.addService(adminService(), adminHandlers(controlPlane, log));
    await listenOnUnixSocket(server, path);
    return new ControlPlaneServer(server);
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

type AdsCall = ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>;

function serveStream(call: AdsCall, controlPlane: ControlPlane, log: Log): void {
  const connection = controlPlane.connect((response) => void call.write(response));
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    connection.close();
  };
  call.on('data', (request: DiscoveryRequest) => {
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
