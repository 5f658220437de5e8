/** Files → resources and everything that is wrong with them; the same for one resource without a file. */
import { type LoadedResource, rangeInResource } from '../resources/load.js';
import {
  type FieldPath,
  type FieldProblem,
  messageNameOf,
  type XdsResource,
  type XdsSet,
  xdsSetOf,
} from '../resources/model.js';
import { checkSupport } from '../routing/support.js';
import { addressConflicts } from './addresses.js';
import {
  type Diagnostic,
  type Fix,
  type Location,
  moveRange,
  type Related,
  sortDiagnostics,
} from './diagnostic.js';
import { refusedFindings } from './families.js';
import type { Finding, RelatedField } from './finding.js';
import { appendResource, fixOf } from './fixes.js';
import { type ReadFile, readParts, type SourceFile } from './part.js';
import { moveDiagnostic, moveFix, resourceDiagnostic, wordsOf } from './place.js';
import { danglingFindings, duplicateNames, missingName } from './references.js';
import { applySuppressions } from './suppressions.js';
import { unusedResources } from './unused.js';
import { validateMessage } from './validateMessage.js';

export interface Validation {
  /** What could be understood, also of resources with problems; of two with one name the first. */
  readonly set: XdsSet;
  /** By file, then by place. */
  readonly problems: readonly Diagnostic[];
  readonly hasErrors: boolean;
  /** Where a field of a resource stands, whichever spelling the author used; for a field that is not there, what would hold it. */
  locate(typeUrl: string, name: string, path: FieldPath): Location | undefined;
}

/** Never throws. */
export function validateFiles(sources: readonly SourceFile[]): Validation {
  return validateTogether(sources.map((source) => readParts(source)));
}

/** The same of files that were read: what their parts say by themselves, and what is wrong between them. */
export function validateTogether(files: readonly ReadFile[]): Validation {
  const all = files.flatMap((file) =>
    file.parts.flatMap((placed) =>
      placed.part.file.resources.map((loaded): InFile => ({
        file,
        placed,
        loaded,
        resource: loaded.resource,
      })),
    ),
  );
  const work = new Work(files, all);
  const duplicates = duplicateNames(all);
  for (const { first, again, problem } of duplicates)
    work.add(again, {
      ...problem,
      related: [{ of: first.resource, path: problem.path, message: 'The first one is here.' }],
    });
  const again = new Set(duplicates.map((duplicate) => duplicate.again));
  const resources = all.filter((one) => !again.has(one)).map(({ resource }) => resource);
  const set = xdsSetOf(resources);
  // What a part with a fault in its form holds is not known: nothing is missing for sure then.
  const isWhole = files.every(({ parts }) => parts.every(({ part }) => part.file.yaml.problems.length === 0));
  for (const one of all) {
    for (const problem of missingName(one.resource)) work.add(one, problem);
    if (isWhole) for (const finding of danglingFindings(one.resource, set)) work.add(one, finding);
  }
  const bad = work.withErrors();
  for (const one of all) if (bad.size === 0 || !bad.has(keyOf(one))) work.support(one);
  for (const { resource, finding } of addressConflicts(resources)) work.addTo(resource, finding);
  if (!work.hasErrors) {
    const messages = files.flatMap(({ parts }) => parts.flatMap(({ part }) => part.file.messages));
    for (const { resource, finding } of unusedResources(resources, messages)) work.addTo(resource, finding);
  }
  const problems = sortDiagnostics(
    work.afterSuppressions(),
    files.map(({ path }) => path),
  );
  return {
    set,
    problems,
    hasErrors: problems.some(isError),
    locate: (typeUrl, name, path) => {
      const one = all.find(({ resource }) => resource.typeUrl === typeUrl && resource.name === name);
      return one === undefined ? undefined : locationOf(one, path);
    },
  };
}

/** What is wrong with a resource by itself: protoc-gen-validate, then what OneHop does not do. Never throws. */
export function validateResource(resource: XdsResource, before?: XdsResource): FieldProblem[] {
  const problems = [
    ...missingName(resource),
    ...validateMessage(messageNameOf(resource.typeUrl) ?? '', resource.value),
    ...refusedFindings(resource.typeUrl, resource.value).map(plain),
  ];
  return problems.length > 0 ? problems : [...checkSupport(resource, before)];
}

interface InFile {
  readonly file: ReadFile;
  readonly placed: Placed;
  readonly loaded: LoadedResource;
  readonly resource: XdsResource;
}

type Placed = ReadFile['parts'][number];

/** What was found, by the part of a file that it is in, as diagnostics of the file. */
class Work {
  hasErrors = false;
  private readonly found = new Map<Placed, Diagnostic[]>();
  private readonly places: ReadonlyMap<XdsResource, InFile>;

  constructor(
    private readonly files: readonly ReadFile[],
    all: readonly InFile[],
  ) {
    this.places = new Map(all.map((one) => [one.resource, one]));
    for (const file of files) {
      for (const placed of file.parts) {
        const { part, line } = placed;
        this.hasErrors ||= part.own.some(isError);
        if (part.own.length > 0)
          this.found.set(
            placed,
            part.own.map((one) => moveDiagnostic(one, line)),
          );
      }
    }
  }

  /** A finding about a resource that has to do with others. */
  add(one: InFile, finding: Finding): void {
    const { file, placed, loaded } = one;
    const { part, line } = placed;
    const relatedOf = (field: RelatedField): Related | undefined => {
      const at = field.of === undefined ? one : this.places.get(field.of);
      return at && { ...locationOf(at, field.path), message: field.message };
    };
    // What belongs somewhere else in the file is not moved along.
    const { related, fix: _, ...alone } = resourceDiagnostic(part.file, loaded, finding, relatedOf);
    const fix = fixIn(file, placed, loaded, finding);
    this.keep(placed, {
      ...alone,
      range: moveRange(alone.range, line),
      ...(related && { related }),
      ...(fix && { fix }),
    });
  }

  addTo(resource: XdsResource, finding: Finding): void {
    const one = this.places.get(resource);
    if (one !== undefined) this.add(one, finding);
  }

  support({ placed, loaded }: InFile): void {
    for (const one of placed.part.support(loaded)) this.keep(placed, moveDiagnostic(one, placed.line));
  }

  /** Keys of the resources that have an error. */
  withErrors(): ReadonlySet<string> {
    const keys = new Set<string>();
    if (!this.hasErrors) return keys;
    for (const problems of this.found.values())
      for (const { severity, resource, file } of problems)
        if (severity === 'error' && resource !== undefined)
          keys.add(JSON.stringify([file, resource.typeUrl, resource.name]));
    return keys;
  }

  afterSuppressions(): Diagnostic[] {
    return this.files.flatMap(({ parts }) =>
      parts.flatMap((placed) =>
        applySuppressions(placed.part.file, this.found.get(placed) ?? NOTHING, placed.line),
      ),
    );
  }

  private keep(placed: Placed, diagnostic: Diagnostic): void {
    this.hasErrors ||= isError(diagnostic);
    const list = this.found.get(placed);
    if (list === undefined) this.found.set(placed, [diagnostic]);
    else list.push(diagnostic);
  }
}

const NOTHING: readonly never[] = [];

/** The fix of a finding as edits of the file. A new resource comes behind the last one of the file. */
function fixIn(file: ReadFile, placed: Placed, loaded: LoadedResource, finding: Finding): Fix | undefined {
  const last = file.parts.at(-1);
  if (finding.change?.kind === 'add-resource' && last?.part.isWhole === false) {
    const fix = appendResource(last.part.file, finding.change);
    return fix && moveFix(fix, last.line);
  }
  const fix = fixOf(placed.part.file, loaded.message, loaded.base, finding, loaded.resource.name);
  return fix && moveFix(fix, placed.line);
}

function plain(finding: Finding): FieldProblem {
  return { path: finding.path, ...wordsOf(finding) };
}

function keyOf({ file, resource: { typeUrl, name } }: InFile): string {
  return JSON.stringify([file.path, typeUrl, name]);
}

function locationOf({ file, placed, loaded }: InFile, path: FieldPath): Location {
  const { part, line } = placed;
  return { file: file.path, range: moveRange(rangeInResource(part.file, loaded, path), line) };
}

function isError({ severity }: { readonly severity: string }): boolean {
  return severity === 'error';
}
