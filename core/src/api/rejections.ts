import type { AnyBytes, RpcStatus } from './ads.js';
import { decodeAny, encodeAny } from '../envoy/codec.js';
import {
  formatFieldPath,
  type JsonObject,
  type JsonValue,
  type ResourceProblem,
} from '../resources/model.js';

/** Why a resource was refused. Strings are empty where nothing is known: a foreign client says only `message`. */
export interface Rejection {
  readonly typeUrl: string;
  readonly resource: string;
  /** As `formatFieldPath` writes it; "" is the whole resource. */
  readonly field: string;
  readonly message: string;
}

export function rejectionOf(problem: ResourceProblem): Rejection {
  return {
    typeUrl: problem.typeUrl,
    resource: problem.resource,
    field: formatFieldPath(problem.path),
    message: problem.hint === undefined ? problem.message : `${problem.message} ${problem.hint}`,
  };
}

/** `resource reviews: virtualHosts[0].domains: must not be empty` */
export function formatRejection(rejection: Rejection): string {
  const field = rejection.field === '' ? '' : `${rejection.field}: `;
  return rejection.resource === ''
    ? `${field}${rejection.message}`
    : `resource ${rejection.resource}: ${field}${rejection.message}`;
}

/**
 * The rejections as google.rpc.Status with code INVALID_ARGUMENT: a line each for people in `message`, and for programs one
 * google.protobuf.Struct `{"rejections": [{typeUrl, resource, field, message}]}` in `details`.
 */
export function statusOfRejections(rejections: readonly Rejection[]): RpcStatus {
  const value = { rejections: rejections.map((one): JsonObject => ({ ...one })) };
  const encoded = encodeAny(structType, value);
  return {
    code: invalidArgument,
    message: rejections.map(formatRejection).join('\n'),
    details: encoded.ok ? [{ typeUrl: structType, value: encoded.bytes }] : [],
  };
}

/** What `statusOfRejections` wrote; the whole text as one rejection when somebody else wrote it. Never throws. */
export function rejectionsOfStatus(status: RpcStatus, typeUrl: string): Rejection[] {
  const found = status.details.flatMap(rejectionsIn);
  return found.length > 0 ? found : [{ typeUrl, resource: '', field: '', message: status.message.trim() }];
}

const structType = 'type.googleapis.com/google.protobuf.Struct';
const invalidArgument = 3;

function rejectionsIn(detail: AnyBytes): Rejection[] {
  if (detail.typeUrl !== structType) return [];
  const decoded = decodeAny(structType, detail.value);
  const list = decoded.ok ? decoded.value['rejections'] : undefined;
  return isArray(list)
    ? list
        .filter(isRejection)
        .map(({ typeUrl, resource, field, message }) => ({ typeUrl, resource, field, message }))
    : [];
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isRejection(value: JsonValue): value is JsonValue & Rejection {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { typeUrl, resource, field, message } = value as JsonObject;
  return [typeUrl, resource, field, message].every((member) => typeof member === 'string');
}
