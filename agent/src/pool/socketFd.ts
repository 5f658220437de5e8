import type { Socket } from 'node:net';

/**
 * The file descriptor of an open socket, for SO_COOKIE and the socket maps. Node has no public way to it:
 * this is the only place that looks behind net.Socket. Undefined once the socket is closed.
 */
export function socketFd(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const fd: unknown = Reflect.get(handle, 'fd');
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}
