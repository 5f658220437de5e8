import type { Socket } from 'node:net';
import { socketWriteError } from 'libbpf-ts/socket.js';
import { socketFd } from './socketHandle.js';

/**
 * Did the other side reset the connection? To be asked when a socket says that it has ended: when data and the RST after
 * it are found in one turn of the event loop, libuv reports the end of the data as a plain end (uv__stream_io, POLLHUP).
 * A write of nothing fails with what the RST has left behind.
 */
export function wasReset(socket: Socket): boolean {
  const fd = socketFd(socket);
  return fd !== undefined && socketWriteError(fd) === 'ECONNRESET';
}
