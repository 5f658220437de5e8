/** A problem of core as the editor shows it. */
import * as vscode from 'vscode';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { rangeOf } from './convert.js';
import { translated, translatedWithHint } from '../translation/translated.js';

export const source = 'onehop';

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

/** Rules of what nobody needs, which is greyed out, and of what is on its way out, which is struck through. */
const tags: Readonly<Record<string, vscode.DiagnosticTag>> = {
  'shadowed-route': vscode.DiagnosticTag.Unnecessary,
  'unreachable-route': vscode.DiagnosticTag.Unnecessary,
  'unused-resource': vscode.DiagnosticTag.Unnecessary,
  'unused-suppression': vscode.DiagnosticTag.Unnecessary,
  'zero-weight': vscode.DiagnosticTag.Unnecessary,
  'deprecated-field': vscode.DiagnosticTag.Deprecated,
};

/** `rules`: the folder with a page for each rule. Files are named by their URIs. */
export function diagnosticOf(problem: Diagnostic, rules: vscode.Uri): vscode.Diagnostic {
  const { rule, severity, related } = problem;
  const shown = new vscode.Diagnostic(
    rangeOf(problem.range),
    translatedWithHint(problem),
    severities[severity],
  );
  shown.source = source;
  shown.code = { value: rule, target: vscode.Uri.joinPath(rules, `${rule}.md`) };
  const tag = tags[rule];
  if (tag !== undefined) shown.tags = [tag];
  if (related !== undefined)
    shown.relatedInformation = related.map(
      (other) =>
        new vscode.DiagnosticRelatedInformation(
          new vscode.Location(vscode.Uri.parse(other.file), rangeOf(other.range)),
          translated(other.message),
        ),
    );
  return shown;
}

/** The rule of a diagnostic of ours; undefined for one of somebody else. */
export function ruleOf({ source: from, code }: vscode.Diagnostic): string | undefined {
  return from === source && typeof code === 'object' ? String(code.value) : undefined;
}
