/** Listeners that would have the same address and port. */
import { isJsonObject } from '../envoy/wellKnown.js';
import {
  type FieldPath,
  type JsonObject,
  type JsonValue,
  LISTENER_TYPE,
  type XdsResource,
} from '../resources/model.js';
import { formatAddress, formatIp, parseIp } from '../wire/ip.js';
import type { Finding } from './finding.js';

export interface AddressConflict {
  readonly resource: XdsResource;
  readonly finding: Finding;
}

/** Every address that an earlier listener, or the same one, already has. A port of 0 is any that is free. */
export function addressConflicts(resources: readonly XdsResource[]): AddressConflict[] {
  const taken = new Map<string, { readonly resource: XdsResource; readonly path: FieldPath }>();
  const found: AddressConflict[] = [];
  for (const resource of resources) {
    if (resource.typeUrl !== LISTENER_TYPE) continue;
    for (const { address, path } of addressesOf(resource.value)) {
      const first = taken.get(address);
      if (first === undefined) taken.set(address, { resource, path });
      else found.push({ resource, finding: conflict(address, path, resource, first) });
    }
  }
  return found;
}

function conflict(
  address: string,
  path: FieldPath,
  resource: XdsResource,
  first: { readonly resource: XdsResource; readonly path: FieldPath },
): Finding {
  const isSame = first.resource === resource;
  return {
    rule: 'address-conflict',
    // A listener that names an address twice has it once.
    severity: isSame ? 'warning' : 'error',
    path,
    message: isSame
      ? `The listener already has the address ${address}.`
      : `${address} is already an address of listener "${first.resource.name}".`,
    hint: isSame ? 'Leave one of them out.' : 'Give each listener its own address or port.',
    related: [{ of: first.resource, path: first.path, message: 'It stands here first.' }],
  };
}

function addressesOf(listener: JsonObject): { address: string; path: FieldPath }[] {
  const more = listener['additionalAddresses'];
  const all: [JsonValue | undefined, FieldPath][] = [
    [listener['address'], ['address']],
    ...(Array.isArray(more) ? (more as readonly JsonValue[]) : []).map(
      (item, index): [JsonValue | undefined, FieldPath] => [
        isJsonObject(item) ? item['address'] : undefined,
        ['additionalAddresses', index, 'address'],
      ],
    ),
  ];
  return all.flatMap(([value, path]) => {
    const socket = isJsonObject(value) ? value['socketAddress'] : undefined;
    if (!isJsonObject(socket) || socket['protocol'] === 'UDP') return [];
    const { address, portValue } = socket;
    const bytes = typeof address === 'string' ? parseIp(address) : undefined;
    if (bytes === undefined || typeof portValue !== 'number' || portValue === 0) return [];
    const ip = formatIp(bytes);
    // A listener on every address of one family also takes those of the other: see `any-address`.
    const key = formatAddress(ip === '0.0.0.0' ? '::' : ip, portValue);
    return [{ address: key, path: [...path, 'socketAddress', 'portValue'] }];
  });
}
