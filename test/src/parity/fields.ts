/** The fields of the API that had a part in the decision about a request, named as in the table of what is supported. */
import type { JsonObject, JsonValue } from '@onehop/core/resources/model.js';
import { listenerOf, type Batch, type Configuration } from './configuration.js';
import { isObject, objectAt, objectsAt, textAt } from './json.js';

/** How many requests each field had a part in, by id: `route.virtual_hosts.routes.match.prefix`. */
export class FieldCounts {
  readonly byId = new Map<string, number>();
  readonly #known = new Map<JsonValue, readonly string[]>();

  /**
   * @param route the name of the route that was taken: it and those that were tried before it count; "" when none was
   */
  add(batch: Batch, configuration: Configuration, route: string): void {
    const ids = new Set<string>(this.#of('listener', listenerOf(configuration).value, configuration.manager));
    const { virtualHosts: _, ...own } = configuration.routes;
    for (const id of this.#of('route', own, own)) ids.add(id);
    const host = objectsAt(configuration.routes, 'virtualHosts').find((one) =>
      objectsAt(one, 'routes').some(({ name }) => name === route),
    );
    for (const one of host === undefined ? [] : objectsAt(host, 'routes')) {
      for (const id of this.#of('route.virtual_hosts.routes', one, one)) ids.add(id);
      if (one['name'] === route) break;
    }
    if (host !== undefined) {
      const { routes: __, ...rest } = host;
      for (const id of fieldIds('route.virtual_hosts', rest)) ids.add(id);
    }
    const clusters = clustersOf(host, route);
    for (const { name, value } of batch.clusters.resources) {
      if (!clusters.includes(name)) continue;
      for (const id of this.#of('cluster', value, value)) ids.add(id);
      const endpoints = batch.clusters.assignments.get(name)?.value;
      if (endpoints !== undefined) for (const id of this.#of('endpoint', endpoints, endpoints)) ids.add(id);
    }
    for (const id of ids) this.byId.set(id, (this.byId.get(id) ?? 0) + 1);
  }

  #of(base: string, value: JsonObject, key: JsonObject): readonly string[] {
    let ids = this.#known.get(key);
    if (ids === undefined) this.#known.set(key, (ids = fieldIds(base, value)));
    return ids;
  }
}

/** Those that a request of the route can go to. */
function clustersOf(host: JsonObject | undefined, route: string): string[] {
  const found = objectsAt(host ?? {}, 'routes').find(({ name }) => name === route);
  const action = objectAt(found ?? {}, 'route');
  const named = objectsAt(objectAt(action, 'weightedClusters'), 'clusters').map((one) => textAt(one, 'name'));
  return [textAt(action, 'cluster'), ...named].flatMap((one) => (one === undefined ? [] : [one]));
}

/** The ids of all fields below a value that are messages of their own or end in a value. */
export function fieldIds(base: string, value: JsonValue): string[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((item) => fieldIds(base, item));
  if (!isObject(value)) return [base];
  const type = value['@type'];
  const at = typeof type === 'string' ? `${base}.[${type.slice(type.lastIndexOf('.') + 1)}]` : base;
  return [
    at,
    ...Object.entries(value).flatMap(([key, item]) =>
      key === '@type' ? [] : fieldIds(`${at}.${snakeCase(key)}`, item),
    ),
  ];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
