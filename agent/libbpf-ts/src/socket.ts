import { checked } from './check.js';
import { errnoName } from './errors.js';
import { native } from './native.js';

/** The kernel's cookie of a socket (SO_COOKIE): what `bpf_get_socket_cookie()` gives to programs. */
export function socketCookie(fd: number): bigint {
  return checked<bigint>(`ask cookie of socket ${fd}`, native().socketCookie(fd));
}

/** Bytes that were sent on a TCP socket and that the other end has not acknowledged (SIOCOUTQ). */
export function socketUnacknowledged(fd: number): number {
  return checked<number>(`ask what socket ${fd} has sent`, native().socketUnacknowledged(fd));
}

/** Lets no more than `bytes` of what is written to a TCP socket wait to be sent (TCP_NOTSENT_LOWAT): further writes must wait. */
export function socketBoundUnsent(fd: number, bytes: number): void {
  checked(`bound what socket ${fd} has to send`, native().socketBoundUnsent(fd, bytes));
}

/**
 * The errno name that a write to a socket would fail with now; empty: none. Nothing is written, and nothing thrown: an
 * exception costs more than the question, and for a connection that has ended an error is what is expected.
 */
export function socketWriteError(fd: number): string {
  const errno = native().socketWriteError(fd);
  return errno === 0 ? '' : errnoName(errno);
}

/** Is there data to be read from a socket? Also data that programs have seen, which SIOCINQ does not count. */
export function socketUnread(fd: number): boolean {
  return native().socketUnread(fd) !== 0;
}
