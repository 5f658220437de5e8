/** What the composer's page and the extension say to each other. */
import type { RequestDraft, ResultView, SourceView } from '../../requests/requestModel.js';

export type ToPage =
  | { readonly type: 'state'; readonly state: ComposerState }
  /** Fills the form. */
  | { readonly type: 'draft'; readonly draft: RequestDraft }
  | { readonly type: 'result'; readonly result: ResultView }
  | { readonly type: 'failure'; readonly message: string; readonly hint: string };

export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'send' | 'ask'; readonly draft: RequestDraft }
  | { readonly type: 'cancel' }
  | { readonly type: 'reveal'; readonly source: SourceView }
  | {
      readonly type: 'startLoad';
      readonly profile: string;
      readonly rate: number;
      readonly draft: RequestDraft;
    }
  | { readonly type: 'stopLoad' }
  | { readonly type: 'startLab' }
  | { readonly type: 'clearHistory' };

export interface ComposerState {
  readonly lab: string;
  /** Requests can be sent. */
  readonly running: boolean;
  /** Why not. */
  readonly why: string;
  readonly workloads: readonly string[];
  /** Newest first. */
  readonly history: readonly ResultView[];
  readonly busy: boolean;
  readonly profiles: readonly { readonly name: string; readonly summary: string }[];
  readonly load: LoadView | null;
}

export interface LoadView {
  readonly profile: string;
  readonly running: boolean;
  /** What it does, in a line. */
  readonly text: string;
}

/** The words of the page, in the language of the editor. */
export type Words = Readonly<Record<WordKey, string>>;

export const wordKeys = [
  'title',
  'from',
  'method',
  'url',
  'headers',
  'headersHint',
  'body',
  'send',
  'whatIf',
  'cancel',
  'sending',
  'history',
  'noHistory',
  'clearHistory',
  'answer',
  'noAnswer',
  'decision',
  'responseHeaders',
  'responseBody',
  'load',
  'profile',
  'rate',
  'start',
  'stop',
  'startLab',
  'notSent',
  'taken',
  'notTaken',
  'bytes',
] as const;
export type WordKey = (typeof wordKeys)[number];
