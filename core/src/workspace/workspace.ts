/** The files of one configuration while they are being edited: what is wrong with them, anew after each change. */
import type { Diagnostic, Location } from '../diagnostics/diagnostic.js';
import { validateFiles, type Validation } from '../diagnostics/validate.js';
import type { FieldPath, XdsSet } from '../resources/model.js';

/**
 * Files that are validated together, as one configuration: names in one may refer to resources in another. `uri` is any name
 * that the caller has for a file; diagnostics call it that. What did not change is not looked at again, down to the resource.
 */
export class Workspace {
  readonly #files = new Map<string, string>();
  #validation: Validation | undefined;

  /** A file that was not there, or its whole new text. */
  open(uri: string, text: string): void {
    if (this.#files.get(uri) === text) return;
    this.#files.set(uri, text);
    this.#validation = undefined;
  }

  /** The whole new text of a file. */
  change(uri: string, text: string): void {
    this.open(uri, text);
  }

  /** The file is no part of the configuration any more. */
  close(uri: string): void {
    if (this.#files.delete(uri)) this.#validation = undefined;
  }

  /** In the order in which they were opened. */
  get uris(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Of one file, by place; for a file that is not open, none. A change of one file may change those of another. */
  problems(uri: string): readonly Diagnostic[] {
    return this.validation().problems.filter(({ file }) => file === uri);
  }

  /** The resources of all files, as far as they can be understood. */
  get set(): XdsSet {
    return this.validation().set;
  }

  /** Where a field of a resource stands; for one that is not there, what would hold it. */
  locate(typeUrl: string, name: string, path: FieldPath = []): Location | undefined {
    return this.validation().locate(typeUrl, name, path);
  }

  /** Everything at once, as `validateFiles` says it. */
  validation(): Validation {
    return (this.#validation ??= validateFiles([...this.#files].map(([path, text]) => ({ path, text }))));
  }

  /**
   * Does what is to be done after changes, in steps of a few milliseconds with `pause` between them. When `pause` resolves to
   * false (the text has changed again, the editor was closed) it stops, and resolves to false; what is done stays done. After
   * `true` the other methods answer at once.
   */
  async prepare(pause: () => Promise<boolean>): Promise<boolean> {
    if (!(await pause())) return false;
    this.validation();
    return true;
  }
}
