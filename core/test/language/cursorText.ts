import assert from 'node:assert/strict';
import { LanguageWorkspace } from '../../src/language/workspace.js';

/** A text with `▮` where the cursor stands. */
export interface CursorText {
  readonly text: string;
  readonly offset: number;
}

export function cursorText(marked: string): CursorText {
  const offset = marked.indexOf('▮');
  assert.ok(offset >= 0, 'the text has a cursor');
  return { text: marked.replace('▮', ''), offset };
}

/** A workspace with these files, by path. */
export function workspaceOf(files: Readonly<Record<string, string>>): LanguageWorkspace {
  const workspace = new LanguageWorkspace();
  for (const [path, text] of Object.entries(files)) workspace.set(path, text);
  return workspace;
}

/** The head of a file with one route configuration, up to its list of routes. */
export const ROUTES = `resources:
  - '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration
    name: r
    virtual_hosts:
      - name: v
        domains: ['*']
        routes:
`;

/** A cluster as an element of \`resources:\`. */
export const clusterNamed = (name: string, more = ''): string =>
  `  - '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
    name: ${name}
    type: STATIC
    load_assignment: { cluster_name: ${name}, endpoints: [] }
${more}`;
