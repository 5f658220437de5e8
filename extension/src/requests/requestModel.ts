/** Requests as the composer knows them: what was asked for, and what came of it. Shared with the page; no imports of the host. */

export interface RequestDraft {
  readonly from: string;
  readonly method: string;
  readonly url: string;
  /** A line each: `name: value`. */
  readonly headers: string;
  readonly body: string;
}

/** One step of a decision, with the line of the configuration behind it. */
export interface StepView {
  readonly kind: string;
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly source: SourceView | null;
}

export interface SourceView {
  readonly typeUrl: string;
  readonly resource: string;
  readonly field: string;
  /** `bookinfo.xds.yaml:44`; "" when no file of the workspace has it. */
  readonly place: string;
}

export interface ResultView {
  /** sent: it was answered. asked: nothing was sent, only asked where it would go. */
  readonly kind: 'sent' | 'asked';
  readonly draft: RequestDraft;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** direct | kernel | relay; "" when the mesh leaves it alone. */
  readonly path: string;
  /** Why that path; "" when nothing stands in the way. */
  readonly reason: string;
  /** Of the answer; 0: unknown. */
  readonly status: number;
  readonly durationUs: number | null;
  readonly steps: readonly StepView[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly bodyBytes: number;
}

/** `name: value` lines → pairs; a line without a colon is an error, told by its number from 1. */
export function parseHeaders(
  text: string,
): { readonly headers: readonly (readonly [string, string])[] } | { readonly badLine: number } {
  const headers: (readonly [string, string])[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':', 1);
    const name = line.slice(0, colon).trim();
    if (colon < 1 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return { badLine: i + 1 };
    headers.push([name, line.slice(colon + 1).trim()]);
  }
  return { headers };
}
