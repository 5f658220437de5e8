import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { ServerCredentials, type Server } from '@grpc/grpc-js';
import { ControlPlaneError } from './errors.js';

/**
 * Binds a gRPC server to a unix socket that only its owner may open (mode 0600). A socket file that a dead process left
 * is removed; one that somebody listens on, or a file that is no socket, is left alone: throws ControlPlaneError.
 */
export async function listenOnUnixSocket(server: Server, path: string): Promise<void> {
  await removeStaleSocket(path);
  // The mode must be right from the first moment: chmod alone would leave a gap in which others can connect.
  const before = process.umask(0o177);
  try {
    await bind(server, path);
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new ControlPlaneError(
      'failed',
      `${path} exists and is no socket.`,
      'Remove it or name another socket.',
    );
  }
  if (await isAnswered(path)) {
    throw new ControlPlaneError(
      'in-use',
      `Another process listens on ${path}.`,
      'Stop it, or name another socket.',
    );
  }
  unlinkSync(path);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(bindError(path, error));
    });
  });
}

function bindError(path: string, cause: Error): ControlPlaneError {
  return new ControlPlaneError(
    'failed',
    `Cannot listen on ${path}: ${cause.message}`,
    'The folder must exist and be writable, and the path may have at most 107 bytes.',
    { cause },
  );
}
