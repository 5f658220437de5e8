/** Another name for a cluster or listener in the text of a `*.routes.test.yaml`. */
import { CLUSTER_TYPE, type FieldPath, LISTENER_TYPE } from '../resources/model.js';
import { flowText, insertField, type TextEdit } from '../yaml/edits.js';
import { parseYaml } from '../yaml/parse.js';
import { placeOf, type Span, type YamlNode } from '../yaml/tree.js';

/** Of a text that is no YAML, and for names of other types, none. Quotes stay, and come where they are needed. */
export function renameInTests(text: string, typeUrl: string, name: string, newName: string): TextEdit[] {
  const isPlace =
    typeUrl === CLUSTER_TYPE ? isClusterPlace : typeUrl === LISTENER_TYPE ? isListenerPlace : undefined;
  const yaml = parseYaml(text, 'core');
  if (isPlace === undefined || yaml.problems.length > 0) return [];
  const found = new Map<number, TextEdit>();
  const take = ({ start, end }: Span): void => {
    // What an alias repeats stands there once.
    if (!found.has(start)) found.set(start, editOf(text, start, end, newName));
  };
  const walk = (node: YamlNode, path: readonly string[]): void => {
    if (node.kind === 'sequence') for (const item of node.items) walk(item, path);
    if (node.kind === 'scalar' && node.value === name && isPlace(path)) take(node.span);
    if (node.kind !== 'mapping') return;
    for (const { key, keySpan, value } of node.entries) {
      if (key === name && isPlace([...path, '*'])) take(keySpan);
      walk(value, [...path, key]);
    }
  };
  for (const { root } of yaml.documents) if (root !== undefined) walk(root, []);
  return [...found.values()];
}

/**
 * Requests that find the listener `name` only by the host of their URL, as no name of the lab (`resolved`) is called so: they name
 * the listener from now on. The host of the URL stays, because it is the Host header, by which routes are chosen.
 */
export function nameListenerInTests(
  text: string,
  name: string,
  newName: string,
  resolved: readonly string[],
): TextEdit[] {
  const yaml = parseYaml(text, 'core');
  const root = yaml.documents[0]?.root;
  if (yaml.problems.length > 0 || root === undefined || resolved.includes(name)) return [];
  const at = (path: FieldPath): YamlNode | undefined => {
    const place = placeOf(root, path);
    return place.depth === path.length ? place.node : undefined;
  };
  const hostAt = (request: FieldPath): string | undefined => {
    const url = at([...request, 'url']);
    return url?.kind === 'scalar' ? /^http:\/\/([^/?#:]+)/i.exec(String(url.value))?.[1] : undefined;
  };
  const isNamed = (request: FieldPath): boolean => at([...request, 'listener']) !== undefined;
  const insert = (request: FieldPath): readonly TextEdit[] =>
    insertField({ text, root, isJson: false }, request, 'listener', newName) ?? [];
  return itemsAt(at(['tests'])).flatMap((_, index) => {
    const test: FieldPath = ['tests', index, 'request'];
    if (isNamed(test)) return [];
    const rows = itemsAt(at(['tests', index, 'cases'])).map((_, row): FieldPath => [
      ...['tests', index, 'cases', row],
      'request',
    ]);
    const own = rows.filter((row) => hostAt(row) !== undefined && !isNamed(row));
    // What the test says of all its rows is not right for one with another host.
    const isForAll = hostAt(test) === name && own.every((row) => hostAt(row) === name);
    return isForAll ? insert(test) : own.filter((row) => hostAt(row) === name).flatMap(insert);
  });
}

function itemsAt(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === 'sequence' ? node.items : [];
}

function isClusterPlace(path: readonly string[]): boolean {
  const end = path.slice(-2).join(' ');
  return end === 'expect cluster' || end === 'weights *';
}

function isListenerPlace(path: readonly string[]): boolean {
  return path.slice(-2).join(' ') === 'request listener';
}

/** `start` and `end` are of the scalar as it is written, with its quotes. */
function editOf(text: string, start: number, end: number, newName: string): TextEdit {
  const quote = text[start];
  const newText =
    quote === "'"
      ? `'${newName.replaceAll("'", "''")}'`
      : quote === '"'
        ? JSON.stringify(newName)
        : flowText(newName, false);
  return { span: { start, end }, newText };
}
