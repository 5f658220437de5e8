import { readFileSync } from 'node:fs';
import { ServerCredentials, type Server } from '@grpc/grpc-js';
import { ControlPlaneError } from './errors.js';

/** Where ADS listens on TCP. Without `tls` in plain text. */
export interface TcpAddress {
  /** `host:port`, `[::1]:port`. */
  readonly address: string;
  readonly tls?: TlsFiles;
}

/** Files in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Clients must have a certificate of one of these authorities. */
  readonly clientCa?: string;
}

/** Binds a gRPC server to a TCP address and resolves to its port. Throws ControlPlaneError. */
export function listenOnTcp(server: Server, { address, tls }: TcpAddress): Promise<number> {
  const credentials = tls === undefined ? ServerCredentials.createInsecure() : encrypted(tls);
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else
        reject(
          new ControlPlaneError(
            /EADDRINUSE/.test(error.message) ? 'in-use' : 'failed',
            `Cannot listen on ${address}: ${error.message}`,
            'Give host:port of this machine with a port that is free.',
            { cause: error },
          ),
        );
    });
  });
}

function encrypted({ cert, key, clientCa }: TlsFiles): ServerCredentials {
  const pair = { cert_chain: read(cert), private_key: read(key) };
  try {
    return ServerCredentials.createSsl(
      clientCa === undefined ? null : read(clientCa),
      [pair],
      clientCa !== undefined,
    );
  } catch (cause) {
    throw unreadable(`${cert} and ${key}`, cause);
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(what: string, cause: unknown): ControlPlaneError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ControlPlaneError('failed', `${what} cannot be used: ${reason}`, 'Give files in PEM.', {
    cause,
  });
}
