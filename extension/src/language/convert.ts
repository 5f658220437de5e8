/** Between the editor's positions and those of core. */
import * as vscode from 'vscode';
import type { SourceRange } from '@onehop/core/yaml/parse.js';
import type { TextEdit } from '@onehop/core/yaml/edits.js';
import type { Span } from '@onehop/core/yaml/tree.js';

export function rangeOfSpan(document: vscode.TextDocument, { start, end }: Span): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

/** Core counts lines and columns from 1. */
export function rangeOf({ start, end }: SourceRange): vscode.Range {
  return new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1);
}

export function editsOf(document: vscode.TextDocument, edits: readonly TextEdit[]): vscode.TextEdit[] {
  return edits.map(({ span, newText }) => vscode.TextEdit.replace(rangeOfSpan(document, span), newText));
}

/** Spans of a text that no editor shows. */
export class TextPositions {
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  rangeOf({ start, end }: Span): vscode.Range {
    return new vscode.Range(this.#positionOf(start), this.#positionOf(end));
  }

  #positionOf(offset: number): vscode.Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return new vscode.Position(low, offset - (this.#starts[low] ?? 0));
  }
}
