/** Changes of headers that Envoy refuses, beside what protoc-gen-validate says of the names. */
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import type { JsonValue } from '../resources/model.js';
import type { Family, Finding } from './finding.js';

const TO_REMOVE = /^(request|response)_headers_to_remove$/;
const HEADER = 'envoy.config.core.v3.HeaderValueOption';

/** Changes of headers that may not be changed so. */
export const headerChange: Family = {
  concerns: (_, { name, typeName }) => TO_REMOVE.test(name) || typeName === HEADER,
  find: refusedChange,
};

function refusedChange({ field, value, path }: Visited): Finding | undefined {
  if (TO_REMOVE.test(field.name)) return isKept(value) ? kept(path) : undefined;
  if (field.typeName !== HEADER || !isJsonObject(value)) return undefined;
  const header = value['header'];
  const name = isJsonObject(header) ? header['key'] : undefined;
  if (isKept(name) && /^(request|response)_headers_to_add$/.test(field.name))
    return kept([...path, 'header', 'key']);
  const action = value['appendAction'];
  if (value['append'] === undefined || action === undefined || action === 'APPEND_IF_EXISTS_OR_ADD')
    return undefined;
  return {
    rule: 'oneof',
    severity: 'error',
    path: [...path, 'appendAction'],
    message: 'append and append_action cannot both be set.',
    hint: 'Leave append out.',
  };
}

/** Envoy routes by it, so it stays as it came. */
function isKept(name: JsonValue | undefined): boolean {
  return typeof name === 'string' && (name.startsWith(':') || name.toLowerCase() === 'host');
}

function kept(path: Finding['path']): Finding {
  return {
    rule: 'bad-header',
    severity: 'error',
    path,
    message: 'Host and headers that begin with ":" are not changed in this way.',
    hint: 'To send another Host use host_rewrite_literal in the route, for another path prefix_rewrite.',
  };
}
