import { checked } from './check.js';
import { native } from './native.js';

/** The kernel's cookie of a socket (SO_COOKIE): what `bpf_get_socket_cookie()` gives to programs. */
export function socketCookie(fd: number): bigint {
  return checked<bigint>(`ask cookie of socket ${fd}`, native().socketCookie(fd));
}
