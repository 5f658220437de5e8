/** Another name for a cluster or listener in the text of a `*.routes.test.yaml`. */
import { CLUSTER_TYPE, LISTENER_TYPE } from '../resources/model.js';
import { flowText, type TextEdit } from '../yaml/edits.js';
import { parseYaml } from '../yaml/parse.js';
import type { Span, YamlNode } from '../yaml/tree.js';

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
