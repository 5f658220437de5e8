import { formatRejection, type Rejection } from '@onehop/core/api/rejections.js';

export type ControlPlaneErrorReason =
  /** The resources were not taken: `rejections` says which and why. The snapshot before them is still served. */
  | 'refused'
  /** Nobody answers on the socket. */
  | 'gone'
  /** The socket is another user's. */
  | 'denied'
  /** The socket belongs to another process that is alive. */
  | 'in-use'
  | 'cancelled'
  | 'failed';

/** What went wrong between the lab and its control plane: `message` to read, `hint` what to do next. */
export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError';

  constructor(
    readonly reason: ControlPlaneErrorReason,
    message: string,
    readonly hint: string,
    options?: ErrorOptions & { readonly rejections?: readonly Rejection[] },
  ) {
    super(message, options);
    this.rejections = options?.rejections ?? [];
  }

  readonly rejections: readonly Rejection[];
}

export function refused(rejections: readonly Rejection[]): ControlPlaneError {
  const count = rejections.length === 1 ? 'a problem' : `${rejections.length} problems`;
  const lines = rejections.map((one) => `  ${formatRejection(one)}`).join('\n');
  return new ControlPlaneError(
    'refused',
    `The resources have ${count}:\n${lines}`,
    'Correct them and apply again; the configuration before is still served.',
    { rejections },
  );
}
