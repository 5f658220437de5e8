/** Which lines can be folded away. */
import { LineIndex } from './lineIndex.js';
import type { LooseNode } from './looseTree.js';

/** Lines from 0, both inclusive. */
export interface Fold {
  readonly start: number;
  readonly end: number;
  readonly kind?: 'comment';
}

export function folds(text: string, roots: readonly (LooseNode | undefined)[]): Fold[] {
  const lines = new LineIndex(text);
  const found = new Map<number, Fold>();
  const add = (from: number, to: number): void => {
    const start = lines.lineOf(from);
    const end = lines.lineOf(to);
    // The widest of those that begin in one line.
    if (end > start && (found.get(start)?.end ?? -1) < end) found.set(start, { start, end });
  };
  const visit = (node: LooseNode): void => {
    if (node.kind === 'scalar') {
      add(node.span.start, node.span.end);
    } else if (node.kind === 'sequence') {
      if (node.isFlow) add(node.span.start, node.span.end);
      for (const item of node.items) {
        if (item === undefined) continue;
        add(item.span.start, item.span.end);
        visit(item);
      }
    } else {
      if (node.isFlow) add(node.span.start, node.span.end);
      for (const { keySpan, value } of node.entries) {
        if (value === undefined) continue;
        add(keySpan.start, value.span.end);
        visit(value);
      }
    }
  };
  for (const root of roots) if (root !== undefined) visit(root);
  return [...found.values(), ...commentFolds(text)].sort((a, b) => a.start - b.start);
}

function commentFolds(text: string): Fold[] {
  const folds: Fold[] = [];
  let start: number | undefined;
  for (const [index, line] of [...text.split('\n'), ''].entries()) {
    const isComment = /^\s*#/.test(line);
    if (isComment) start ??= index;
    else if (start !== undefined) {
      if (index - 1 > start) folds.push({ start, end: index - 1, kind: 'comment' });
      start = undefined;
    }
  }
  return folds;
}
