/** Taking a field, an element or a resource out of a text, with its lines and nothing else. */
import type { TextEdit } from '../yaml/edits.js';
import type { Span } from '../yaml/tree.js';
import type { LooseMapping, LooseNode, LooseSequence } from './looseTree.js';

/** Something that can be taken out: an entry of a mapping, or an element of a list. */
export interface Removable {
  readonly kind: 'entry' | 'item';
  readonly holder: LooseMapping | LooseSequence;
  readonly index: number;
  readonly span: Span;
}

/** What stands around an offset and can be removed, the innermost first. A list or mapping of one is not left empty. */
export function removablesAt(roots: readonly (LooseNode | undefined)[], offset: number): Removable[] {
  const found: Removable[] = [];
  const visit = (node: LooseNode | undefined): void => {
    if (node === undefined || offset < node.span.start || offset > node.span.end) return;
    if (node.kind === 'sequence') {
      for (const [index, item] of node.items.entries()) {
        if (item === undefined || offset < item.span.start || offset > item.span.end) continue;
        found.unshift({ kind: 'item', holder: node, index, span: item.span });
        visit(item);
      }
    } else if (node.kind === 'mapping') {
      for (const [index, { keySpan, value }] of node.entries.entries()) {
        const span = { start: keySpan.start, end: value?.span.end ?? keySpan.end };
        if (offset < span.start || offset > span.end) continue;
        found.unshift({ kind: 'entry', holder: node, index, span });
        visit(value);
      }
    }
  };
  for (const root of roots) visit(root);
  return found;
}

/** undefined when nothing would be left of what holds it. */
export function remove(text: string, { holder, index, span }: Removable): TextEdit | undefined {
  const spans =
    holder.kind === 'sequence' ? holder.items.map((item) => item?.span) : holder.entries.map(entrySpan);
  if (spans.length < 2) return undefined;
  const before = spans[index - 1];
  const after = spans[index + 1];
  if (holder.isFlow) {
    if (after !== undefined) return cut({ start: span.start, end: after.start });
    return before === undefined ? undefined : cut({ start: before.end, end: span.end });
  }
  const start = text.lastIndexOf('\n', span.start - 1) + 1;
  const lead = text.slice(start, span.start);
  const ending = text.indexOf('\n', span.end);
  const end = ending < 0 ? text.length : ending + 1;
  if (holder.kind === 'sequence') return /^\s*-\s+$/.test(lead) ? cut({ start, end }) : undefined;
  if (/^\s*$/.test(lead)) return cut({ start, end });
  // The first field stands behind a dash, which the next one takes over.
  return /^\s*(?:-\s+)+$/.test(lead) && after !== undefined
    ? cut({ start: span.start, end: after.start })
    : undefined;
}

function entrySpan({ keySpan, value }: LooseMapping['entries'][number]): Span {
  return { start: keySpan.start, end: value?.span.end ?? keySpan.end };
}

function cut(span: Span): TextEdit {
  return { span, newText: '' };
}
