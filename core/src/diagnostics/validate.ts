/** Files → resources and everything that is wrong with them; the same for one resource without a file. */
import {
  type FieldPath,
  type FieldProblem,
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
import { type Diagnostic, type Location, sortDiagnostics } from './diagnostic.js';
import { fieldProblems, type MarkedProblem } from './fields.js';
import { danglingReferences, duplicateNames, missingName } from './references.js';
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
  const duplicates = duplicateNames(all);
  const again = new Set(duplicates.map((duplicate) => duplicate.again));
  const set = xdsSetOf(all.filter((one) => !again.has(one)).map(({ resource }) => resource));
  const problems = files.flatMap(fileDiagnostics);
  for (const { first, again, problem } of duplicateNames(all)) {
    const place = locationOf(first, problem.path);
    problems.push({
      ...resourceDiagnostic(again, problem),
      related: [{ ...place, message: 'The first one is here.' }],
    });
  }
  for (const one of all) {
    const found = [...missingName(one.resource), ...danglingReferences(one.resource, set)];
    for (const problem of found) problems.push(resourceDiagnostic(one, problem));
  }
  for (const one of all.filter((candidate) => !hasErrorsWithin(candidate, problems))) {
    for (const problem of checkSupport(one.resource)) problems.push(resourceDiagnostic(one, problem));
  }
  return {
    set,
    problems: sortDiagnostics(
      problems,
      sources.map(({ path }) => path),
    ),
    hasErrors: problems.some(({ severity }) => severity === 'error'),
    locate: (typeUrl, name, path) => {
      const one = all.find(({ resource }) => resource.typeUrl === typeUrl && resource.name === name);
      return one === undefined ? undefined : locationOf(one, path);
    },
  };
}

/** What is wrong with a resource by itself: protoc-gen-validate, then what OneHop does not do. Never throws. */
export function validateResource(resource: XdsResource): FieldProblem[] {
  const problems = [
    ...missingName(resource),
    ...validateMessage(messageNameOf(resource.typeUrl) ?? '', resource.value),
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
    ...file.messages.flatMap((message) =>
      fieldProblems(message.messageName, message.value, message.problems).map((problem) =>
        messageDiagnostic(file, message, problem),
      ),
    ),
  ];
}

function syntaxDiagnostic(file: LoadedFile, { span, related, ...problem }: YamlProblem): Diagnostic {
  const also =
    related === undefined
      ? {}
      : { related: [{ file: file.path, range: file.yaml.rangeOf(related.span), message: related.message }] };
  return { file: file.path, range: file.yaml.rangeOf(span), severity: 'error', ...problem, ...also };
}

function messageDiagnostic(
  file: LoadedFile,
  message: LoadedMessage,
  { key, path, ...problem }: MarkedProblem,
): Diagnostic {
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
  return {
    file: file.path,
    range: rangeInMessage(file, message, path, key === true ? 'key' : 'value'),
    ...problem,
    ...about,
  };
}

function resourceDiagnostic(
  { file, loaded, resource: { typeUrl, name } }: InFile,
  { path, ...problem }: FieldProblem,
): Diagnostic {
  return {
    file: file.path,
    range: rangeInResource(file, loaded, path),
    ...problem,
    resource: { typeUrl, name, path },
  };
}

function locationOf({ file, loaded }: InFile, path: FieldPath): Location {
  return { file: file.path, range: rangeInResource(file, loaded, path) };
}

function hasErrorsWithin({ file, resource }: InFile, problems: readonly Diagnostic[]): boolean {
  return problems.some(
    ({ severity, file: path, resource: about }) =>
      severity === 'error' &&
      path === file.path &&
      about?.typeUrl === resource.typeUrl &&
      about.name === resource.name,
  );
}
