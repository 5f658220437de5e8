import { status } from '@grpc/grpc-js';

/** What a call is answered with when it cannot be done: a gRPC status and a text for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: status,
    message: string,
  ) {
    super(message);
  }
}

export function invalid(message: string): ApiError {
  return new ApiError(status.INVALID_ARGUMENT, message);
}

export function notFound(message: string): ApiError {
  return new ApiError(status.NOT_FOUND, message);
}

/** The kernel has no way to do this. */
export function unsupported(message: string): ApiError {
  return new ApiError(status.UNIMPLEMENTED, message);
}
