/** The text of a `*.routes.test.yaml` → its tests, or everything that is wrong with it. */
import { type Diagnostic, sortDiagnostics } from '../diagnostics/diagnostic.js';
import { nearestName } from '../envoy/nearest.js';
import type { XdsSet } from '../resources/model.js';
import { checkShape } from '../topology/shape.js';
import { parseYaml, type SourceRange, type YamlFile } from '../yaml/parse.js';
import { child, entryOf, markOf, toJson, type YamlMapping, type YamlNode } from '../yaml/tree.js';
import type { Expectation, RouteCase, RouteTest, RouteTestFile, TestRequest } from './model.js';
import { ROUTE_TESTS_SCHEMA } from './schema.js';

export interface ParsedRouteTests {
  /** There when the form is right; tests with a problem of their own are left out. */
  readonly file: RouteTestFile | undefined;
  readonly problems: readonly Diagnostic[];
}

/** `path` is how problems call the file. Never throws. */
export function parseRouteTests(text: string, path = 'x.routes.test.yaml'): ParsedRouteTests {
  const yaml = parseYaml(text, 'core');
  const reader = new Reader(yaml, path);
  for (const { span, related: _, ...problem } of yaml.problems) reader.report(yaml.rangeOf(span), problem);
  const [root, second] = yaml.documents.flatMap((document) => document.root ?? []);
  if (reader.problems.length === 0 && (root === undefined || second !== undefined))
    reader.report(
      yaml.rangeOf(second === undefined ? { start: 0, end: 0 } : markOf({ node: second, depth: 0 })),
      {
        rule: 'syntax',
        message: root === undefined ? 'There are no tests.' : 'Route tests are one document.',
        hint: root === undefined ? 'Begin with "tests:".' : 'Put other tests in a file of their own.',
      },
    );
  if (root === undefined || reader.problems.length > 0) return { file: undefined, problems: reader.problems };
  for (const { span, ...problem } of checkShape(ROUTE_TESTS_SCHEMA, root, 'The file'))
    reader.report(yaml.rangeOf(span), problem);
  if (reader.problems.length > 0)
    return { file: undefined, problems: sortDiagnostics(reader.problems, [path]) };
  const file = reader.file(root as YamlMapping);
  return { file, problems: sortDiagnostics(reader.problems, [path]) };
}

/** Names in expectations that the configuration does not have. */
export function checkExpectedNames(file: RouteTestFile, set: XdsSet, path: string): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { cases } of file.tests)
    for (const { expect, places } of cases) {
      const names: [keyof Expectation, string][] = [
        ...(expect.cluster === undefined ? [] : [['cluster', expect.cluster] as [keyof Expectation, string]]),
        ...Object.keys(expect.weights ?? {}).map((name): [keyof Expectation, string] => ['weights', name]),
      ];
      for (const [field, name] of names) {
        const range = places.get(field);
        if (set.clusters.has(name) || range === undefined) continue;
        const near = nearestName(name, set.clusters.keys());
        found.set(`${range.start.line}:${range.start.column} ${name}`, {
          file: path,
          range,
          rule: 'dangling-cluster',
          severity: 'error',
          message: `Cluster "${name}" is not defined.`,
          ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
        });
      }
    }
  return [...found.values()];
}

/** A request or expectation as it is written. */
interface WrittenRequest {
  readonly url?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly listener?: string;
  readonly from?: string;
}

type WrittenExpectation = Omit<Expectation, 'virtualHost'> & { readonly virtual_host?: string };

class Reader {
  readonly problems: Diagnostic[] = [];

  constructor(
    private readonly yaml: YamlFile,
    private readonly path: string,
  ) {}

  report(range: SourceRange, problem: Pick<Diagnostic, 'rule' | 'message' | 'hint'>): void {
    this.problems.push({ file: this.path, range, severity: 'error', ...problem });
  }

  file(root: YamlMapping): RouteTestFile {
    const configuration = child(root, 'configuration');
    const titles = new Set<string>();
    const tests = itemsOf(child(root, 'tests')).map((node) => this.test(node, titles));
    return {
      configuration: configuration === undefined ? [] : (toJson(configuration) as readonly string[]),
      tests,
    };
  }

  private test(node: YamlNode, titles: Set<string>): RouteTest {
    const { name, range } = this.named(node);
    const rows = itemsOf(child(node, 'cases'));
    if (titles.has(name))
      this.report(range, {
        rule: 'duplicate-name',
        message: `There are two tests with the name "${name}".`,
        hint: 'Rename one of them.',
      });
    titles.add(name);
    const cases =
      rows.length === 0
        ? this.case(node, undefined, name, range)
        : rows.flatMap((row) => this.row(node, row, name, titles));
    return { name, range, cases };
  }

  private row(test: YamlNode, row: YamlNode, name: string, titles: Set<string>): RouteCase[] {
    const own = child(row, 'name');
    const path = child(child(row, 'request'), 'path') ?? child(child(row, 'request'), 'url');
    const given = own ?? path;
    const words = given?.kind === 'scalar' ? String(given.value) : '';
    let title = `${name} › ${words === '' ? 'case' : words}`;
    for (let again = 2; titles.has(title); again++)
      title = `${name} › ${words === '' ? 'case' : words} (${again})`;
    titles.add(title);
    return this.case(test, row, title, this.rangeOf(row));
  }

  private case(test: YamlNode, row: YamlNode | undefined, title: string, range: SourceRange): RouteCase[] {
    const parts = [test, ...(row === undefined ? [] : [row])];
    const request = this.request(parts, range);
    const { expect, places } = this.expectation(parts);
    if (Object.keys(expect).length === 0) {
      this.report(range, {
        rule: 'required',
        message: 'The test expects nothing.',
        hint: 'Add "expect" with a cluster, route, status or weights.',
      });
      return [];
    }
    return request === undefined ? [] : [{ title, range, request, expect, places }];
  }

  private request(parts: readonly YamlNode[], range: SourceRange): TestRequest | undefined {
    const nodes = parts.flatMap((part) => child(part, 'request') ?? []);
    const written = nodes.map((node) => toJson(node) as WrittenRequest);
    const { url, path, method = 'GET', listener, from } = Object.assign({}, ...written) as WrittenRequest;
    const headers = Object.assign({}, ...written.map((one) => one.headers ?? {})) as Record<string, string>;
    const place = nodes.flatMap((node) => child(node, 'url') ?? []).at(-1);
    const at = place === undefined ? range : this.yaml.rangeOf(place.span);
    if (url === undefined) {
      this.report(range, {
        rule: 'required',
        message: 'The test has no URL.',
        hint: 'Add "request" with "url".',
      });
      return undefined;
    }
    const found = /^http:\/\/([^/?#\s]+)([/?][^\s#]*)?$/i.exec(url);
    if (found === null) {
      this.report(at, {
        rule: 'bad-format',
        message: `"${url}" is not a URL that can be asked about.`,
        hint: 'Write a whole URL: http://name:port/path.',
      });
      return undefined;
    }
    const target = path ?? found[2] ?? '/';
    return {
      method,
      url: `http://${found[1] ?? ''}${target.startsWith('/') ? '' : '/'}${target}`,
      headers: Object.entries(headers),
      ...(listener === undefined ? {} : { listener }),
      ...(from === undefined ? {} : { from }),
    };
  }

  private expectation(parts: readonly YamlNode[]): Pick<RouteCase, 'expect' | 'places'> {
    const places = new Map<keyof Expectation, SourceRange>();
    const all = parts.flatMap((part) => child(part, 'expect') ?? []);
    for (const node of all)
      for (const { key, keySpan, value } of node.kind === 'mapping' ? node.entries : []) {
        const name = key === 'virtual_host' ? 'virtualHost' : (key as keyof Expectation);
        places.set(name, this.yaml.rangeOf(markOf({ key: keySpan, node: value, depth: 0 })));
      }
    const written = Object.assign({}, ...all.map((node) => toJson(node))) as WrittenExpectation;
    const { virtual_host: virtualHost, ...rest } = written;
    return { expect: { ...rest, ...(virtualHost === undefined ? {} : { virtualHost }) }, places };
  }

  private named(node: YamlNode): { name: string; range: SourceRange } {
    const entry = node.kind === 'mapping' ? entryOf(node, 'name') : undefined;
    const { value } = entry ?? {};
    const name = value?.kind === 'scalar' ? String(value.value) : '';
    return { name, range: value === undefined ? this.rangeOf(node) : this.yaml.rangeOf(value.span) };
  }

  private rangeOf(node: YamlNode): SourceRange {
    return this.yaml.rangeOf(markOf({ node, depth: 0 }));
  }
}

function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === 'sequence' ? node.items : [];
}
