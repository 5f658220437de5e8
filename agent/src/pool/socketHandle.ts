/**
 * What net.Socket has no public way to: its file descriptor, and not to be watched for data. This is the only place
 * that looks behind it.
 */
import type { Socket } from 'node:net';

/** The file descriptor of an open socket, for SO_COOKIE and the socket maps. Undefined once the socket is closed. */
export function socketFd(socket: Socket): number | undefined {
  const fd: unknown = handleOf(socket)?.fd;
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

/** Takes the socket out of the event loop's poll set: neither data nor end is noticed until {@link startReading}. */
export function stopReading(socket: Socket): void {
  const handle = handleOf(socket);
  if (handle?.reading !== true) return;
  handle.reading = false;
  handle.readStop();
}

export function startReading(socket: Socket): void {
  const handle = handleOf(socket);
  if (handle?.reading !== false) return;
  handle.reading = true;
  handle.readStart();
}

/** lib/net.js keeps `reading` in step with the calls. */
interface TcpHandle {
  readonly fd?: unknown;
  reading: boolean;
  readStart(): number;
  readStop(): number;
}

function handleOf(socket: Socket): TcpHandle | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  return typeof handle === 'object' && handle !== null ? (handle as TcpHandle) : undefined;
}
