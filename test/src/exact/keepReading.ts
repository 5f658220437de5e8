import { readSync } from 'node:fs';
import type { Socket } from 'node:net';

/** What {@link keepReading} found out. */
export interface Writes {
  /** A write has failed. The kernel tells of a reset only once: a read then gives a plain end. */
  lost: boolean;
}

/**
 * Makes a TCP socket go on reading when a write has failed: the other side may answer and close while bytes are on
 * their way to it, and its answer lies in the receive queue. net.Socket would drop it.
 */
export function keepReading(socket: Socket): Writes {
  const writes: Writes = { lost: false };
  const survived = (error: NodeJS.ErrnoException | null | undefined): Error | null => {
    if (error === null || error === undefined) return null;
    if (socket.connecting || !lostCodes.has(error.code ?? '')) return error;
    writes.lost = true;
    return null;
  };
  const { _write, _writev, _final } = socket;
  socket._write = (chunk, encoding, done) =>
    _write.call(socket, chunk, encoding, (error) => done(survived(error)));
  socket._writev = (chunks, done) => _writev?.call(socket, chunks, (error) => done(survived(error)));
  socket._final = (done) => _final.call(socket, (error) => done(survived(error)));
  return writes;
}

const lostCodes = new Set(['EPIPE', 'ECONNRESET', 'ENOTCONN']);

/**
 * Did the other side reset a connection that says that it has ended? When data and the RST after it are found in one turn of
 * the event loop, libuv reports a plain end. One more read then fails with what the RST has left behind. (A write of nothing
 * does so, too, but not on sockets whose send() runs a program: tcp_bpf_sendmsg() then looks at nothing.)
 */
export function wasReset(socket: Socket): boolean {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd !== 'number' || fd < 0) return false;
  try {
    readSync(fd, Buffer.alloc(1));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNRESET';
  }
}
