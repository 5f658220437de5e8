/** What the Configuration view shows, as data. Pure. */
import type { RouteRow } from '@onehop/core/api/agent.generated.js';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import type { Validation } from '@onehop/core/diagnostics/validate.js';
import { routeRows } from '@onehop/core/routing/rows.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import { rejectionsIn, type State } from '../store/state.js';
import { resourceKey, standings, type ResourceRow } from './resourceStates.js';

export type ConfigItem =
  | {
      readonly kind: 'file';
      readonly uri: string;
      readonly resources: readonly ResourceItem[];
      readonly errors: number;
    }
  | ResourceItem
  | { readonly kind: 'route'; readonly row: RouteRow }
  | { readonly kind: 'onlyServed'; readonly resources: readonly ServedItem[] }
  | ServedItem;

export interface ResourceItem extends ResourceRow {
  readonly kind: 'resource';
  /** Of a listener its TCP row, of a route configuration its routes. */
  readonly routes: readonly RouteRow[];
}

export interface ServedItem {
  readonly kind: 'served';
  readonly typeUrl: string;
  readonly name: string;
}

/** The roots of the view: a file each, then what is served and in no file. */
export function configItems(
  uris: readonly string[],
  validation: Validation,
  state: State,
): readonly ConfigItem[] {
  const { set, problems } = validation;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const { rows, onlyServed } = standings({
    set,
    errors: errorsByResource(errors),
    served: state.controlPlane.state,
    nodes: new Map([...state.nodes].map(([name, { status }]) => [name, status])),
    rejections: rejectionsIn(state),
  });
  const routes = routesByResource(validation);
  const byFile = new Map<string, ResourceItem[]>(uris.map((uri) => [uri, []]));
  for (const row of rows) {
    const file = validation.locate(row.typeUrl, row.name, [])?.file;
    if (file === undefined) continue;
    const item: ResourceItem = { kind: 'resource', ...row, routes: routes.get(resourceKey(row)) ?? [] };
    byFile.get(file)?.push(item);
  }
  const lineOf = (item: ResourceItem): number =>
    validation.locate(item.typeUrl, item.name, [])?.range.start.line ?? 0;
  const items: ConfigItem[] = [...byFile].map(([uri, resources]) => ({
    kind: 'file',
    uri,
    resources: resources.sort((a, b) => lineOf(a) - lineOf(b)),
    errors: errors.filter(({ file }) => file === uri).length,
  }));
  if (onlyServed.length > 0)
    items.push({
      kind: 'onlyServed',
      resources: onlyServed.map(({ typeUrl, name }) => ({ kind: 'served', typeUrl, name })),
    });
  return items;
}

function errorsByResource(errors: readonly Diagnostic[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { resource, message } of errors) {
    const key = resource === undefined ? undefined : resourceKey(resource);
    if (key !== undefined && !found.has(key)) found.set(key, message);
  }
  return found;
}

/** What each listener and route configuration comes down to, with path and reason; known without a lab. */
function routesByResource({ set }: Validation): ReadonlyMap<string, readonly RouteRow[]> {
  const found = new Map<string, RouteRow[]>();
  for (const row of routeRows(buildRouting(set).model)) {
    if (row.source === null) continue;
    const key = resourceKey({ typeUrl: row.source.typeUrl, name: row.source.resource });
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return found;
}
