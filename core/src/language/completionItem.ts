import type { FieldDescriptor } from '../envoy/schema.js';
import type { Span } from '../yaml/tree.js';
import type { Writing } from './cursor.js';
import type { DocsOf } from './docs.js';
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

/** "list of Route", "duration", "enum LbPolicy" */
export function typeText(field: FieldDescriptor, one: string): string {
  if (field.presence === 'repeated') return `list of ${one}`;
  return field.presence === 'map' ? `map of ${one}` : one;
}
