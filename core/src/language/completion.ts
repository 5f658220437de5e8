/** What can be written at a place of an xDS text: fields, values, names of resources, whole resources and routes. */
import type { FieldDescriptor } from '../envoy/schema.js';
import type { Span } from '../yaml/tree.js';
import { fieldItems } from './completeFields.js';
import { snippetItems } from './completeSnippets.js';
import { valueItems } from './completeValues.js';
import { type Writing, writingAt } from './cursor.js';
import { docsMarkdown, type DocsOf } from './docs.js';
import type { Slot } from './slot.js';
import type { LanguageWorkspace } from './workspace.js';

export type CompletionKind = 'field' | 'value' | 'enum' | 'type' | 'reference' | 'snippet';

export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  /** A word about it, beside the label. */
  readonly detail?: string;
  /** Where its documentation is: see `completionDocs`. */
  readonly docs?: DocsOf;
  /** Or the documentation itself. */
  readonly text?: string;
  /** In the syntax of editors' snippets: `$1`, `${1:text}`, `$0`. Later lines have their whole indentation. */
  readonly insert: string;
  readonly replace: Span;
  /** What is compared with the word that is there. */
  readonly filter: string;
  /** Items are shown in the order of these texts. */
  readonly sort: string;
  readonly isDeprecated?: boolean;
  /** What comes next can be completed at once. */
  readonly asksOn?: boolean;
}

/** What the parts of completion share. */
export interface CompletionContext {
  readonly writing: Writing;
  readonly slot: Slot;
  readonly workspace: LanguageWorkspace;
  readonly path: string;
}

/** In the order in which they should be shown. `path` is that of a file of the workspace, `text` its text now. */
export function complete(
  workspace: LanguageWorkspace,
  path: string,
  text: string,
  offset: number,
): Completion[] {
  const writing = writingAt(text, offset);
  if (writing === undefined) return text.trim() === '' ? emptyItems(offset) : [];
  const slot = writing.steps.at(-1)?.slot ?? { kind: 'free' };
  const context: CompletionContext = { writing, slot, workspace, path };
  const items =
    writing.what === 'key'
      ? [...snippetItems(context), ...fieldItems(context)]
      : writing.what === 'value'
        ? valueItems(context)
        : [...snippetItems(context), ...(takesFields(slot) ? fieldItems(context) : valueItems(context))];
  return items.sort((a, b) => (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : 0));
}

/** Markdown; undefined when there is none. */
export function completionDocs({ docs, text }: Completion): string | undefined {
  return docs === undefined ? text : docsMarkdown(docs);
}

/** "list of Route", "duration", "enum LbPolicy" */
export function typeText(field: FieldDescriptor, one: string): string {
  if (field.presence === 'repeated') return `list of ${one}`;
  return field.presence === 'map' ? `map of ${one}` : one;
}

function takesFields(slot: Slot): boolean {
  return slot.kind === 'message' || slot.kind === 'start' || slot.kind === 'map';
}

function emptyItems(offset: number): Completion[] {
  const replace = { start: offset, end: offset };
  return [
    {
      label: 'resources',
      kind: 'field',
      detail: 'a list of xDS resources',
      insert: 'resources:\n  - ',
      replace,
      filter: 'resources',
      sort: '0',
      asksOn: true,
    },
    {
      label: 'static_resources',
      kind: 'field',
      detail: 'an Envoy bootstrap',
      insert: 'static_resources:\n  ',
      replace,
      filter: 'static_resources',
      sort: '1',
      asksOn: true,
    },
  ];
}
