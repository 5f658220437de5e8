import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { decodeRpcStatus, encodeRpcStatus } from '@onehop/core/api/ads.js';
import { rejectionsOfStatus, statusOfRejections, type Rejection } from '@onehop/core/api/rejections.js';
import type { ControlPlaneError } from './errors.js';

/** Where gRPC libraries carry google.rpc.Status. */
const trailer = 'grpc-status-details-bin';

/** Refused resources as the status of a call: INVALID_ARGUMENT, the rejections in the trailer. */
export function statusOfRefusal(error: ControlPlaneError): Partial<ServiceError> {
  const metadata = new Metadata();
  const details = statusOfRejections(error.rejections);
  metadata.set(trailer, Buffer.from(encodeRpcStatus(details)));
  return { code: status.INVALID_ARGUMENT, details: error.message, metadata };
}

/** The rejections that a failed call carries; undefined when it failed for another reason. */
export function refusalIn(error: ServiceError): readonly Rejection[] | undefined {
  if (error.code !== status.INVALID_ARGUMENT) return undefined;
  const bytes = error.metadata.get(trailer)[0];
  return Buffer.isBuffer(bytes) ? rejectionsOfStatus(decodeRpcStatus(bytes), '') : undefined;
}
