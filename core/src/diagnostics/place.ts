/** Findings → diagnostics: where they stand in a part of a file, and from there in the file. */
import {
  type LoadedFile,
  type LoadedMessage,
  type LoadedResource,
  rangeInMessage,
  rangeInResource,
} from '../resources/load.js';
import type { FieldProblem } from '../resources/model.js';
import type { YamlProblem } from '../yaml/problem.js';
import { type Diagnostic, type Fix, moveRange, type Related } from './diagnostic.js';
import type { Finding, RelatedField } from './finding.js';
import { fixOf } from './fixes.js';

/** The diagnostic of a part, as one of the file in which the part begins after so many lines. */
export function moveDiagnostic(diagnostic: Diagnostic, lines: number): Diagnostic {
  if (lines === 0) return diagnostic;
  const { range, related, fix } = diagnostic;
  return {
    ...diagnostic,
    range: moveRange(range, lines),
    ...(related && { related: related.map((one) => ({ ...one, range: moveRange(one.range, lines) })) }),
    ...(fix && { fix: moveFix(fix, lines) }),
  };
}

export function moveFix(fix: Fix, lines: number): Fix {
  const edits = fix.edits.map(({ range, newText }) => ({ range: moveRange(range, lines), newText }));
  return { ...fix, edits };
}

export function syntaxDiagnostic(file: LoadedFile, { span, related, ...problem }: YamlProblem): Diagnostic {
  const also =
    related === undefined
      ? {}
      : { related: [{ file: file.path, range: file.yaml.rangeOf(related.span), message: related.message }] };
  return { file: file.path, range: file.yaml.rangeOf(span), severity: 'error', ...problem, ...also };
}

/** A finding in a message; paths begin at the message. */
export function messageDiagnostic(file: LoadedFile, message: LoadedMessage, finding: Finding): Diagnostic {
  const { path } = finding;
  const holder = file.resources.find(
    ({ message: own, base }) => own === message && base.every((step, index) => path[index] === step),
  );
  const about =
    holder === undefined
      ? {}
      : {
          resource: {
            typeUrl: holder.resource.typeUrl,
            name: holder.resource.name,
            path: path.slice(holder.base.length),
          },
        };
  const related = (finding.related ?? []).map((other): Related => ({
    file: file.path,
    range: rangeInMessage(file, message, other.path),
    message: other.message,
  }));
  return {
    file: file.path,
    range: rangeInMessage(file, message, path, partOf(finding)),
    ...wordsOf(finding),
    ...(related.length === 0 ? {} : { related }),
    ...about,
    ...fixed(fixOf(file, message, [], finding, holder?.resource.name ?? '')),
  };
}

/**
 * A finding in a resource; paths begin at the resource. `relatedOf` says where another field stands; without it only fields of
 * the same resource are told.
 */
export function resourceDiagnostic(
  file: LoadedFile,
  loaded: LoadedResource,
  finding: Finding,
  relatedOf?: (field: RelatedField) => Related | undefined,
): Diagnostic {
  const { typeUrl, name } = loaded.resource;
  const { path } = finding;
  const here = (field: RelatedField): Related | undefined =>
    field.of === undefined
      ? { file: file.path, range: rangeInResource(file, loaded, field.path), message: field.message }
      : undefined;
  const related = (finding.related ?? []).flatMap((field) => (relatedOf ?? here)(field) ?? []);
  return {
    file: file.path,
    range: rangeInResource(file, loaded, path, partOf(finding)),
    ...wordsOf(finding),
    ...(related.length === 0 ? {} : { related }),
    resource: { typeUrl, name, path },
    ...fixed(fixOf(file, loaded.message, loaded.base, finding, name)),
  };
}

/** The words of a problem, without the rest. */
export function wordsOf({
  rule,
  severity,
  message,
  hint,
}: FieldProblem): Pick<Diagnostic, 'rule' | 'severity' | 'message' | 'hint'> {
  return { rule, severity, message, ...(hint === undefined ? {} : { hint }) };
}

function partOf({ key }: Finding): 'key' | 'value' {
  return key === true ? 'key' : 'value';
}

function fixed(fix: Fix | undefined): { readonly fix?: Fix } {
  return fix === undefined ? {} : { fix };
}
