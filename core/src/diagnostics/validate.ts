/** Files → resources and everything that is wrong with them; the same for one resource without a file. */
import {
  type FieldPath,
  type FieldProblem,
  type JsonValue,
  messageNameOf,
  type XdsResource,
  type XdsSet,
  xdsSetOf,
} from '../resources/model.js';
import {
  type LoadedFile,
  type LoadedMessage,
  type LoadedResource,
  loadFile,
  rangeInMessage,
  rangeInResource,
} from '../resources/load.js';
import { checkSupport } from '../routing/support.js';
import type { YamlProblem } from '../yaml/parse.js';
import { addressConflicts } from './addresses.js';
import { type Diagnostic, type Fix, type Location, type Related, sortDiagnostics } from './diagnostic.js';
import { familyFindings, refusedFindings } from './families.js';
import { fieldProblems } from './fields.js';
import type { Finding } from './finding.js';
import { fixOf } from './fixes.js';
import { mapLimits } from './limits.js';
import { danglingFindings, duplicateNames, missingName } from './references.js';
import { applySuppressions } from './suppressions.js';
import { unusedResources } from './unused.js';
import { validateMessage } from './validateMessage.js';

export interface SourceFile {
  /** As messages should name it. */
  readonly path: string;
  readonly text: string;
}

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
  const files = sources.map(({ path, text }) => loadFile(path, text));
  const all = files.flatMap((file) =>
    file.resources.map((loaded): InFile => ({ file, loaded, resource: loaded.resource })),
  );
  const work = new Work(files, all);
  for (const file of files) work.problems.push(...fileDiagnostics(file));
  const duplicates = duplicateNames(all);
  for (const { first, again, problem } of duplicates)
    work.add(again, {
      ...problem,
      related: [{ of: first.resource, path: problem.path, message: 'The first one is here.' }],
    });
  const again = new Set(duplicates.map((duplicate) => duplicate.again));
  const resources = all.filter((one) => !again.has(one)).map(({ resource }) => resource);
  const set = xdsSetOf(resources);
  for (const one of all) {
    for (const problem of missingName(one.resource)) work.add(one, problem);
    for (const finding of danglingFindings(one.resource, set)) work.add(one, finding);
  }
  const bad = work.withErrors();
  for (const one of all.filter((candidate) => !bad.has(keyOf(candidate)))) {
    const problems = checkSupport(one.resource);
    for (const problem of problems) work.add(one, withRelated(problem, one.resource));
    if (!problems.some(({ severity }) => severity === 'error'))
      for (const { path, rule, severity, message, hint } of mapLimits(one.resource))
        work.add(one, { path, rule, severity, message, ...(hint === undefined ? {} : { hint }) });
  }
  for (const { resource, finding } of addressConflicts(resources)) work.addTo(resource, finding);
  if (!work.problems.some(isError)) {
    const messages = files.flatMap((file) => file.messages);
    for (const { resource, finding } of unusedResources(resources, messages)) work.addTo(resource, finding);
  }
  const problems = sortDiagnostics(
    work.afterSuppressions(),
    sources.map(({ path }) => path),
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

/** What has been found so far, with the places of the resources. */
class Work {
  readonly problems: Diagnostic[] = [];
  private readonly places: ReadonlyMap<XdsResource, InFile>;

  constructor(
    private readonly files: readonly LoadedFile[],
    all: readonly InFile[],
  ) {
    this.places = new Map(all.map((one) => [one.resource, one]));
  }

  add(one: InFile, finding: Finding): void {
    const { file, loaded, resource } = one;
    const { typeUrl, name } = resource;
    const { path } = finding;
    const related = (finding.related ?? []).flatMap((other): Related[] => {
      const at = other.of === undefined ? one : this.places.get(other.of);
      return at === undefined ? [] : [{ ...locationOf(at, other.path), message: other.message }];
    });
    this.problems.push({
      file: file.path,
      range: rangeInResource(file, loaded, path, partOf(finding)),
      ...wordsOf(finding),
      ...(related.length === 0 ? {} : { related }),
      resource: { typeUrl, name, path },
      ...fixed(fixOf(file, loaded.message, loaded.base, finding, name)),
    });
  }

  addTo(resource: XdsResource, finding: Finding): void {
    const one = this.places.get(resource);
    if (one !== undefined) this.add(one, finding);
  }

  /** Keys of the resources that have an error. */
  withErrors(): ReadonlySet<string> {
    return new Set(
      this.problems.flatMap((problem) =>
        isError(problem) && problem.resource !== undefined
          ? [JSON.stringify([problem.file, problem.resource.typeUrl, problem.resource.name])]
          : [],
      ),
    );
  }

  afterSuppressions(): Diagnostic[] {
    const byFile = new Map<string, Diagnostic[]>(this.files.map(({ path }) => [path, []]));
    for (const problem of this.problems) byFile.get(problem.file)?.push(problem);
    return this.files.flatMap((file) => {
      const own = byFile.get(file.path) ?? [];
      byFile.delete(file.path);
      return applySuppressions(file, own).diagnostics;
    });
  }
}

/** What is wrong with a resource by itself: protoc-gen-validate, then what OneHop does not do. Never throws. */
export function validateResource(resource: XdsResource): FieldProblem[] {
  const problems = [
    ...missingName(resource),
    ...validateMessage(messageNameOf(resource.typeUrl) ?? '', resource.value),
    ...refusedFindings(resource.typeUrl, resource.value).map(plain),
  ];
  return problems.length > 0 ? problems : [...checkSupport(resource)];
}

interface InFile {
  readonly file: LoadedFile;
  readonly loaded: LoadedResource;
  readonly resource: XdsResource;
}

function fileDiagnostics(file: LoadedFile): Diagnostic[] {
  return [
    ...file.yaml.problems.map((problem) => syntaxDiagnostic(file, problem)),
    ...file.problems.map(({ span, ...problem }): Diagnostic => ({
      file: file.path,
      range: file.yaml.rangeOf(span),
      severity: 'error',
      ...problem,
    })),
    ...file.messages.flatMap((message) => [
      ...fieldProblems(message.messageName, message.value, message.problems).map((problem) =>
        messageDiagnostic(file, message, problem),
      ),
      // A part that could not be understood is left out of the value, which then says more than the author did.
      ...(message.problems.length > 0
        ? []
        : familyFindings(message.messageName, message.value).map((finding) =>
            messageDiagnostic(file, message, finding),
          )),
    ]),
  ];
}

function syntaxDiagnostic(file: LoadedFile, { span, related, ...problem }: YamlProblem): Diagnostic {
  const also =
    related === undefined
      ? {}
      : { related: [{ file: file.path, range: file.yaml.rangeOf(related.span), message: related.message }] };
  return { file: file.path, range: file.yaml.rangeOf(span), severity: 'error', ...problem, ...also };
}

function messageDiagnostic(file: LoadedFile, message: LoadedMessage, finding: Finding): Diagnostic {
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

/** A domain that two virtual hosts have: where it stands first. */
function withRelated(problem: FieldProblem, { value }: XdsResource): Finding {
  if (problem.rule !== 'domain-conflict') return problem;
  const at = problem.path.indexOf('virtualHosts');
  const first = firstDomain(value, problem.path, at);
  return first === undefined
    ? problem
    : { ...problem, related: [{ path: first, message: 'It stands here first.' }] };
}

function firstDomain(value: JsonValue, path: FieldPath, at: number): FieldPath | undefined {
  const base = path.slice(0, at + 1);
  const wanted = valueAt(value, path);
  const hosts = valueAt(value, base);
  if (typeof wanted !== 'string' || !Array.isArray(hosts)) return undefined;
  for (const [index, host] of (hosts as readonly JsonValue[]).entries()) {
    const domains = valueAt(host, ['domains']);
    const found = (Array.isArray(domains) ? (domains as readonly JsonValue[]) : []).findIndex(
      (domain) => typeof domain === 'string' && domain.toLowerCase() === wanted.toLowerCase(),
    );
    if (found >= 0) return [...base, index, 'domains', found];
  }
  return undefined;
}

function valueAt(value: JsonValue | undefined, path: FieldPath): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (at, step) =>
      typeof at === 'object' && at !== null ? (at as Readonly<Record<string, JsonValue>>)[step] : undefined,
    value,
  );
}

function partOf({ key }: Finding): 'key' | 'value' {
  return key === true ? 'key' : 'value';
}

function wordsOf({
  rule,
  severity,
  message,
  hint,
}: FieldProblem): Pick<Diagnostic, 'rule' | 'severity' | 'message' | 'hint'> {
  return { rule, severity, message, ...(hint === undefined ? {} : { hint }) };
}

function plain(finding: Finding): FieldProblem {
  return { path: finding.path, ...wordsOf(finding) };
}

function fixed(fix: Fix | undefined): { readonly fix?: Fix } {
  return fix === undefined ? {} : { fix };
}

function keyOf({ file, resource: { typeUrl, name } }: InFile): string {
  return JSON.stringify([file.path, typeUrl, name]);
}

function locationOf({ file, loaded }: InFile, path: FieldPath): Location {
  return { file: file.path, range: rangeInResource(file, loaded, path) };
}

function isError({ severity }: { readonly severity: string }): boolean {
  return severity === 'error';
}
