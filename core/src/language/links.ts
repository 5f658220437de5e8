/** Words of a text that lead somewhere: rules in suppressions, files. A type's reference is in its hover. */
import { RULES } from '../diagnostics/rules.js';
import type { Span } from '../yaml/tree.js';
import type { LooseNode } from './looseTree.js';
import { rootSlot, type Slot, slotOfItem, slotOfKey } from './slot.js';

export interface TextLink {
  readonly span: Span;
  readonly to:
    | { readonly kind: 'rule'; readonly rule: string }
    /** As written; relative to the file. */
    | { readonly kind: 'file'; readonly path: string };
}

export function links(text: string, roots: readonly (LooseNode | undefined)[]): TextLink[] {
  const found: TextLink[] = [];
  for (const match of text.matchAll(/#[ \t]*onehop-ignore[ \t]+([a-z-]+)/g)) {
    const [whole, rule = ''] = match;
    const end = match.index + whole.length;
    if (Object.hasOwn(RULES, rule))
      found.push({ span: { start: end - rule.length, end }, to: { kind: 'rule', rule } });
  }
  const visit = (node: LooseNode, slot: Slot): void => {
    if (node.kind === 'sequence') {
      for (const item of node.items) if (item !== undefined) visit(item, slotOfItem(slot, item));
    } else if (node.kind === 'mapping') {
      for (const { key, value } of node.entries)
        if (value !== undefined) visit(value, slotOfKey(slot, key, value));
    } else {
      const to = targetOf(node.text, slot);
      if (to !== undefined) found.push({ span: node.span, to });
    }
  };
  for (const root of roots) if (root !== undefined) visit(root, rootSlot(root));
  return found.sort((a, b) => a.span.start - b.span.start);
}

function targetOf(text: string, slot: Slot): TextLink['to'] | undefined {
  if (slot.kind !== 'scalar' || text === '') return undefined;
  return FILES.has(`${slot.holder.name} ${slot.field.name}`) ? { kind: 'file', path: text } : undefined;
}

const FILES: ReadonlySet<string> = new Set([
  'envoy.config.core.v3.DataSource filename',
  'envoy.config.core.v3.PathConfigSource path',
]);
