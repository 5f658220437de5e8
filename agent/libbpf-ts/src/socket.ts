import { checked } from './check.js';
import { native } from './native.js';

/** The kernel's cookie of a socket (SO_COOKIE): what `bpf_get_socket_cookie()` gives to programs. */
export function socketCookie(fd: number): bigint {
  return checked<bigint>(`ask cookie of socket ${fd}`, native().socketCookie(fd));
}

/** Bytes that were sent on a TCP socket and that the other end has not acknowledged (SIOCOUTQ). */
export function socketUnacknowledged(fd: number): number {
  return checked<number>(`ask what socket ${fd} has sent`, native().socketUnacknowledged(fd));
}
