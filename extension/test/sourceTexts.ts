/** Texts as the sources have them: string literals, and templates with {0}, {1}, … for what is filled in. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const repository = join(import.meta.dirname, '../../..');

export interface SourceText {
  readonly text: string;
  /** Repository path with the line. */
  readonly at: string;
}

/** Of all sources at or below the paths, which are those of the repository. */
export function textsIn(
  paths: readonly string[],
  isLeftOut: (path: string) => boolean = () => false,
): SourceText[] {
  return paths.flatMap(filesAt).flatMap((file) => {
    const path = relative(repository, file);
    return isLeftOut(path) ? [] : textsOf(path, readFileSync(file, 'utf8'));
  });
}

/** It is said to people, not a name, a path or a piece of code: it has words in a row, or a word beside what is filled in. */
export function isProse(text: string): boolean {
  if (/^(?:envoy\.|type\.googleapis|\s*'@type|\\)/.test(text)) return false;
  const bare = text.replace(/\{\d+\}/g, '§');
  return (
    /[A-Za-z]{2,}\)?[,;:.]? ["'(\\*A-Za-z§]/.test(bare) ||
    /\b[a-zA-Z] [a-z]{2,}/.test(bare) ||
    /["§\])%] [A-Za-z]{2,}/.test(bare) ||
    /^[A-Z][a-z]+.*\.$/.test(bare)
  );
}

/** What these are called with is for reports about the project or for programs. */
const CALLS = new Set([
  'harmless',
  'inRelay',
  'whereItFits',
  'reasonId',
  'TypeError',
  'Map',
  'Set',
  'kindOf',
]);
/** What these properties hold is put into files, compared or sorted by. */
const PROPERTIES = new Set(['label', 'body', 'insert', 'filter', 'sort', 'where', 'filename']);

function textsOf(path: string, source: string): SourceText[] {
  const found: SourceText[] = [];
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ESNext, true);
  const add = (node: ts.Node, text: string): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push({ text, at: `${path}:${line + 1}` });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    const isCall = ts.isCallExpression(node) || ts.isNewExpression(node);
    if (isCall && CALLS.has(node.expression.getText())) return;
    if (ts.isPropertyAssignment(node) && !ts.isComputedPropertyName(node.name)) {
      if (!PROPERTIES.has(node.name.getText())) visit(node.initializer);
      return;
    }
    if (ts.isStringLiteralLike(node)) add(node, node.text);
    if (ts.isTemplateExpression(node)) {
      const spans = node.templateSpans.map(({ literal }, index) => `{${index}}${literal.text}`);
      add(node, node.head.text + spans.join(''));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function filesAt(path: string): string[] {
  const whole = join(repository, path);
  if (statSync(whole).isFile()) return [whole];
  return readdirSync(whole, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name) && !entry.name.includes('.generated.'))
    .map((entry) => join(entry.parentPath, entry.name));
}
