import { type Span } from './tree.js';

export interface YamlProblem {
  readonly rule: 'syntax' | 'duplicate-key' | 'too-deep';
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
  readonly related?: { readonly span: Span; readonly message: string };
}
