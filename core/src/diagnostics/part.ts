/** One part of a file by itself: what it holds and what is wrong with it, whatever else there is. Nothing of it changes. */
import { type LoadedFile, loadFile, type LoadedResource, loadPart } from '../resources/load.js';
import { splitResources, type TextPart } from '../resources/parts.js';
import type { FieldPath, FieldProblem, JsonValue, XdsResource } from '../resources/model.js';
import { checkSupport } from '../routing/support.js';
import type { Diagnostic } from './diagnostic.js';
import { familyFindings } from './families.js';
import { fieldProblems } from './fields.js';
import type { Finding } from './finding.js';
import { mapLimits } from './limits.js';
import { messageDiagnostic, resourceDiagnostic, syntaxDiagnostic, wordsOf } from './place.js';

export interface SourceFile {
  /** As messages should name it. */
  readonly path: string;
  readonly text: string;
}

/** A file: its parts, and how many lines are before each. */
export interface ReadFile extends SourceFile {
  readonly parts: readonly { readonly part: Part; readonly line: number }[];
}

/**
 * Reads a file in steps: each `next()` does one resource, or the whole of a file that cannot be cut. What is as it was in
 * `before`, the same file earlier, is not looked at again. Never throws.
 */
export function* readSteps(source: SourceFile, before?: ReadFile): Generator<undefined, ReadFile> {
  const { path, text } = source;
  const texts = path.endsWith('.json') ? undefined : splitResources(text);
  const earlier = new Earlier(before?.path === path ? before : undefined, texts);
  const parts: { part: Part; line: number }[] = [];
  for (const [index, one] of (texts ?? [{ text, line: 0 }]).entries()) {
    const known = earlier.same(one.text);
    const part = known ?? new Part(path, one.text, texts === undefined, earlier.at(index));
    parts.push({ part, line: one.line });
    if (known === undefined) {
      part.read();
      yield;
    }
  }
  return { path, text, parts };
}

export function readParts(source: SourceFile, before?: ReadFile): ReadFile {
  const steps = readSteps(source, before);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** A resource of a list, or a whole file. Lines count from the part's first. */
export class Part {
  readonly file: LoadedFile;
  /** What is wrong with its text and messages. */
  readonly own: readonly Diagnostic[];
  readonly #support = new Map<LoadedResource, readonly Diagnostic[]>();

  constructor(
    path: string,
    readonly text: string,
    /** A file that could not be cut. */
    readonly isWhole: boolean,
    before?: Part,
  ) {
    this.file = (isWhole ? loadFile : loadPart)(path, text, before?.file);
    this.own = ownDiagnostics(this.file);
    this.before = before?.resources ?? [];
  }

  private before: readonly XdsResource[];

  get resources(): readonly XdsResource[] {
    return this.file.resources.map(({ resource }) => resource);
  }

  /** Does what `support` would do, but for resources with errors. */
  read(): void {
    const hasErrors = this.own.some(({ severity }) => severity === 'error');
    if (!hasErrors) for (const loaded of this.file.resources) this.support(loaded);
  }

  /** What OneHop makes of a resource that has no other error. */
  support(loaded: LoadedResource): readonly Diagnostic[] {
    let known = this.#support.get(loaded);
    if (known === undefined) {
      const { resource } = loaded;
      const before = this.before.find(
        ({ typeUrl, name }) => typeUrl === resource.typeUrl && name === resource.name,
      );
      known = supportFindings(resource, before).map((finding) =>
        resourceDiagnostic(this.file, loaded, finding),
      );
      this.#support.set(loaded, known);
      if (this.#support.size === this.file.resources.length) this.before = [];
    }
    return known;
  }
}

/** Which parts of a file there were before a change. */
class Earlier {
  private readonly byText = new Map<string, Part[]>();
  private readonly parts: readonly Part[];
  private readonly shift: number;
  private readonly from: number;

  constructor(before: ReadFile | undefined, now: readonly TextPart[] | undefined) {
    this.parts = before?.parts.map(({ part }) => part) ?? [];
    for (const part of this.parts) {
      const same = this.byText.get(part.text);
      if (same === undefined) this.byText.set(part.text, [part]);
      else same.push(part);
    }
    this.from = this.parts.findIndex(({ text }, index) => text !== now?.[index]?.text);
    this.shift = this.parts.length - (now?.length ?? 1);
  }

  /** A part with this text that has no place in the file yet. */
  same(text: string): Part | undefined {
    return this.byText.get(text)?.pop();
  }

  /** What stood where a part that is new stands now: one that was changed, when as many parts as before are there. */
  at(index: number): Part | undefined {
    return this.shift === 0 || index === this.from ? this.parts[index] : undefined;
  }
}

function ownDiagnostics(file: LoadedFile): Diagnostic[] {
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

function supportFindings(resource: XdsResource, before: XdsResource | undefined): Finding[] {
  const problems = checkSupport(resource, before);
  const findings = problems.map((problem) => withRelated(problem, resource));
  if (problems.some(({ severity }) => severity === 'error')) return findings;
  return [
    ...findings,
    ...mapLimits(resource).map((problem) => ({ path: problem.path, ...wordsOf(problem) })),
  ];
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
