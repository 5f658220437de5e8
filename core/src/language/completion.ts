/** What can be written at a place of an xDS text: fields, values, names of resources, whole resources and routes. */
import type { Completion, CompletionContext } from './completionItem.js';
import { fieldItems } from './completeFields.js';
import { snippetItems } from './completeSnippets.js';
import { valueItems } from './completeValues.js';
import { writingAt } from './cursor.js';
import { docsMarkdown } from './docs.js';
import type { Slot } from './slot.js';
import type { LanguageWorkspace } from './workspace.js';

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
