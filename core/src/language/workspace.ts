/** The texts that an editor has, and what is known of each: read once a version, and only when somebody asks. */
import { looseTree, type LooseNode } from './looseTree.js';
import { type FileNames, namesIn, type NameUse } from './names.js';

export class LanguageFile {
  #roots: readonly (LooseNode | undefined)[] | undefined;
  #names: FileNames | undefined;

  constructor(
    readonly path: string,
    readonly text: string,
  ) {}

  get roots(): readonly (LooseNode | undefined)[] {
    return (this.#roots ??= looseTree(this.text));
  }

  get names(): FileNames {
    return (this.#names ??= namesIn(this.roots));
  }
}

/** A use of a name with the file that it is in. */
export interface FoundName extends NameUse {
  readonly file: LanguageFile;
}

/** All files of an editor's workspace that are xDS. Paths are compared as texts; "/" separates folders. */
export class LanguageWorkspace {
  readonly #files = new Map<string, LanguageFile>();
  readonly #together: typeof configurationOf;

  /** `together` says which files are one configuration. */
  constructor(together: typeof configurationOf = configurationOf) {
    this.#together = together;
  }

  set(path: string, text: string): LanguageFile {
    const before = this.#files.get(path);
    if (before?.text === text) return before;
    const file = new LanguageFile(path, text);
    this.#files.set(path, file);
    return file;
  }

  delete(path: string): void {
    this.#files.delete(path);
  }

  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  file(path: string): LanguageFile | undefined {
    return this.#files.get(path);
  }

  /** The files that are one configuration with this one, itself among them, by path. */
  configuration(path: string): LanguageFile[] {
    return this.#together(path, this.#files.keys()).flatMap((one) => this.#files.get(one) ?? []);
  }

  /** The `*.xds.yaml` in the folder of any file, by path. */
  beside(path: string): LanguageFile[] {
    const folder = folderOf(path);
    return [...this.#files.values()]
      .filter((file) => isShared(file.path) && folderOf(file.path) === folder)
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Every use of a name in the configuration of a file. */
  uses(path: string, typeUrl: string, name: string): FoundName[] {
    return this.configuration(path).flatMap((file) =>
      file.names.uses
        .filter((use) => use.typeUrl === typeUrl && use.name === name)
        .map((use) => ({ ...use, file })),
    );
  }

  /** Names that resources of a type have in the configuration of a file, in the order of the texts, each once. */
  definitions(path: string, typeUrl: string): FoundName[] {
    const found = new Map<string, FoundName>();
    for (const file of this.configuration(path))
      for (const use of file.names.uses)
        if (use.role === 'definition' && use.typeUrl === typeUrl && !found.has(use.name))
          found.set(use.name, { ...use, file });
    return [...found.values()];
  }
}

/**
 * Which of the `paths` are applied together with one of them: all `*.xds.yaml` of a folder are one configuration; any other
 * file, such as a bootstrap, is one by itself. Sorted.
 */
export function configurationOf(path: string, paths: Iterable<string>): string[] {
  if (!isShared(path)) return [path];
  const folder = folderOf(path);
  return [...paths].filter((one) => isShared(one) && folderOf(one) === folder).sort();
}

function isShared(path: string): boolean {
  return /\.xds\.(?:ya?ml|json)$/.test(path);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
