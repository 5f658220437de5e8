import assert from 'node:assert/strict';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../../src/resources/model.js';

/** A title, a text in which «…» marks where each error must stand, and for each error in order: its rule and a part of its text. */
export type Case = readonly [
  title: string,
  marked: string,
  ...errors: readonly (readonly [rule: string, part: string])[],
];

/** The errors of a file are exactly those that its marks say. */
export function check([, marked, ...expected]: Case, path = 'x.yaml'): void {
  const { text, ranges } = unmark(marked);
  const errors = validateFiles([{ path, text }]).problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ rule, range }) => `${rule} ${show(range)}`),
    expected.map(([rule], index) => `${rule} ${ranges[index] ?? 'without a mark'}`),
    errors.map(sentence).join('\n'),
  );
  for (const [index, [, part]] of expected.entries()) {
    const said = sentence(errors[index] as Diagnostic);
    assert.ok(said.includes(part), `"${said}" lacks "${part}"`);
  }
}

export function sentence({ message, hint }: Diagnostic): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

/** The text without its marks, and the range of each mark as `line:column-line:column`. */
export function unmark(marked: string): { text: string; ranges: string[] } {
  let text = '';
  const ranges: string[] = [];
  const starts: string[] = [];
  let line = 1;
  let column = 1;
  for (const letter of marked) {
    if (letter === '«') starts.push(`${line}:${column}`);
    else if (letter === '»') ranges.push(`${starts.pop()}-${line}:${column}`);
    else {
      text += letter;
      if (letter === '\n') {
        line += 1;
        column = 1;
      } else column += letter.length;
    }
  }
  return { text, ranges };
}

/** `line:column-line:column` */
export function show({ start, end }: Diagnostic['range']): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}

/** A file with one resource. */
export function resource(typeUrl: string, body: string): string {
  return `resources:\n- "@type": ${typeUrl}\n${indent(body, 2)}`;
}

export const listener = (body: string): string => resource(LISTENER_TYPE, body);
export const routeConfiguration = (body: string): string => resource(ROUTE_TYPE, body);
export const cluster = (body: string): string => resource(CLUSTER_TYPE, body);
export const assignment = (body: string): string => resource(ENDPOINT_TYPE, body);

/** A Cluster without a fault, and what the case adds. */
export const goodCluster = (body: string): string =>
  cluster(`name: c\ntype: STATIC\nload_assignment: { cluster_name: c }\n${body}`);

/** A RouteConfiguration with one virtual host that has these routes. */
export const routes = (list: string): string =>
  routeConfiguration(`name: r\nvirtual_hosts:\n- name: v\n  domains: ["*"]\n  routes:\n${indent(list, 2)}`);

/** A RouteConfiguration with one route that answers by itself and has this match. */
export const match = (fields: string): string =>
  routes(`- match: ${fields}\n  direct_response: { status: 200 }`);

/** A Listener with one HTTP connection manager; `fields` are the manager's. */
export const manager = (fields: string): string =>
  listener(
    `name: l
address: { socket_address: { address: 198.18.100.1, port_value: 80 } }
filter_chains:
- filters:
  - name: envoy.filters.network.http_connection_manager
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
${indent(fields, 6)}`,
  );

/** A manager without a fault, and what the case adds. */
export const goodManager = (fields: string): string =>
  manager(`stat_prefix: s
route_config: { name: r }
http_filters:
- name: envoy.filters.http.router
  typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
${fields}`);

export function indent(text: string, by: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(by) + line))
    .join('\n');
}
