import type { Socket } from 'node:net';
import { socketUnacknowledged } from 'libbpf-ts/socket.js';
import { socketFd } from './socketHandle.js';

/** Longer than this the other end is not waited for, in ms: it does not read. */
const patienceMs = 1000;
const lookMs = 2;

/**
 * Closes with RST, once the other end's kernel has what was written: a reset drops what it has not. Without a mesh those
 * bytes were there already when the reset came.
 */
export function resetAfterData(socket: Socket): void {
  const deadline = Date.now() + patienceMs;
  const look = (): void => {
    if (socket.destroyed) return;
    const fd = socketFd(socket);
    const waiting = socket.writableLength > 0 || (fd !== undefined && socketUnacknowledged(fd) > 0);
    if (waiting && Date.now() < deadline) setTimeout(look, lookMs);
    else socket.resetAndDestroy();
  };
  look();
}
