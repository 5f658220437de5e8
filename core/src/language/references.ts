/** From a name to where it is given and used, and another name for all of them. */
import { CLUSTER_TYPE, ENDPOINT_TYPE } from '../resources/model.js';
import { flowText, type TextEdit } from '../yaml/edits.js';
import type { Span } from '../yaml/tree.js';
import type { NameUse } from './names.js';
import type { FoundName, LanguageWorkspace } from './workspace.js';

/** The use of a name at an offset; undefined when no name stands there. */
export function nameAt(workspace: LanguageWorkspace, path: string, offset: number): NameUse | undefined {
  const uses = workspace
    .file(path)
    ?.names.uses.filter(({ span }) => span.start <= offset && offset <= span.end);
  // A name that is given here may be used here as well.
  return uses?.find(({ role }) => role === 'definition') ?? uses?.[0];
}

/** Where the name at an offset is given; of a cluster's own name, its endpoints. */
export function definitionsAt(workspace: LanguageWorkspace, path: string, offset: number): FoundName[] {
  const use = nameAt(workspace, path, offset);
  if (use === undefined) return [];
  const isTied =
    use.typeUrl === CLUSTER_TYPE && use.role === 'definition' && tied(workspace, path).has(use.name);
  const typeUrl = isTied ? ENDPOINT_TYPE : use.typeUrl;
  const found = workspace.uses(path, typeUrl, use.name).filter(({ role }) => role === 'definition');
  return found.length > 0 || !isTied
    ? found
    : workspace.uses(path, use.typeUrl, use.name).filter(({ role }) => role === 'definition');
}

/** Every place of the name at an offset, those of a cluster and of its endpoints alike. */
export function referencesAt(workspace: LanguageWorkspace, path: string, offset: number): FoundName[] {
  const use = nameAt(workspace, path, offset);
  if (use === undefined) return [];
  const isShared =
    (use.typeUrl === CLUSTER_TYPE || use.typeUrl === ENDPOINT_TYPE) && tied(workspace, path).has(use.name);
  const types = isShared ? [CLUSTER_TYPE, ENDPOINT_TYPE] : [use.typeUrl];
  const found = types.flatMap((typeUrl) => workspace.uses(path, typeUrl, use.name));
  const seen = new Set<string>();
  return found.filter(({ file, span }) => seen.size < seen.add(`${file.path}:${span.start}`).size);
}

export interface Renaming {
  readonly edits: readonly { readonly path: string; readonly edits: readonly TextEdit[] }[];
}

/** The word that would be renamed; undefined when there is none. */
export function renameTarget(
  workspace: LanguageWorkspace,
  path: string,
  offset: number,
): { readonly span: Span; readonly name: string } | undefined {
  const use = nameAt(workspace, path, offset);
  return use === undefined ? undefined : { span: use.span, name: use.name };
}

/** Why a name cannot be given; undefined when it can. */
export function renameProblem(
  workspace: LanguageWorkspace,
  path: string,
  offset: number,
  newName: string,
): string | undefined {
  const use = nameAt(workspace, path, offset);
  if (use === undefined) return 'No name of a resource stands here.';
  if (newName.trim() === '') return 'A resource needs a name.';
  if (/[\0-\x1f\x7f]/.test(newName)) return 'A name has no control characters.';
  const taken =
    newName !== use.name && workspace.definitions(path, use.typeUrl).some(({ name }) => name === newName);
  return taken ? `There is a resource of this type called "${newName}" already.` : undefined;
}

/** Every place of the name at an offset, in all files of the configuration; quotes stay, and come where they are needed. */
export function rename(
  workspace: LanguageWorkspace,
  path: string,
  offset: number,
  newName: string,
): Renaming {
  const byFile = new Map<string, TextEdit[]>();
  for (const { file, span } of referencesAt(workspace, path, offset)) {
    const quote = file.text[span.start - 1];
    const newText =
      quote === "'"
        ? newName.replaceAll("'", "''")
        : quote === '"'
          ? JSON.stringify(newName).slice(1, -1)
          : flowText(newName, false);
    const edits = byFile.get(file.path) ?? [];
    edits.push({ span, newText });
    byFile.set(file.path, edits);
  }
  return { edits: [...byFile].map(([of, edits]) => ({ path: of, edits })) };
}

function tied(workspace: LanguageWorkspace, path: string): ReadonlySet<string> {
  return new Set(workspace.configuration(path).flatMap(({ names }) => [...names.tied]));
}
