import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { TextEdit } from '../yaml/edits.js';

export interface CodeAction {
  readonly title: string;
  /** `fix` makes the problem go away; `suppress` hides it; `fixAll` is every preferred fix of the file. */
  readonly kind: 'fix' | 'suppress' | 'fixAll';
  readonly edits: readonly TextEdit[];
  /** There is nothing to think about. */
  readonly isPreferred: boolean;
  readonly diagnostic?: Diagnostic;
  /** Where the author has to write: the reason of a suppression. */
  readonly fillIn?: string;
}
