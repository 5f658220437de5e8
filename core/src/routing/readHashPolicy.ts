import { isObject, listOf, objectOf, textOf, type Json } from './fields.js';
import type { HashItem } from './model.js';
import { lowerCase } from './readMatch.js';

/** The items of a route's hash_policy. */
export function readHashPolicy(value: Json): HashItem[] {
  return listOf(value).flatMap((item): HashItem[] => {
    const policy = objectOf(item);
    const terminal = policy['terminal'] === true;
    const { header, cookie, connectionProperties, queryParameter } = policy;
    if (isObject(header))
      return [{ kind: 'header', name: lowerCase(textOf(header['headerName']) ?? ''), terminal }];
    if (isObject(queryParameter))
      return [{ kind: 'query', name: textOf(queryParameter['name']) ?? '', terminal }];
    if (isObject(cookie)) return [{ kind: 'cookie', name: textOf(cookie['name']) ?? '', terminal }];
    // Without source_ip Envoy hashes nothing for it.
    const source = objectOf(connectionProperties)['sourceIp'] === true;
    return source ? [{ kind: 'source', terminal }] : [];
  });
}
