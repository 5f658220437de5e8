/** The files of one configuration while they are being edited: what is wrong with them, anew after each change. */
import type { Diagnostic, Location } from '../diagnostics/diagnostic.js';
import { type ReadFile, readParts, readSteps } from '../diagnostics/part.js';
import { validateTogether, type Validation } from '../diagnostics/validate.js';
import type { FieldPath, XdsSet } from '../resources/model.js';

/**
 * Files that are validated together, as one configuration: names in one may refer to resources in another. `uri` is any name
 * that the caller has for a file; diagnostics call it that. What did not change is not looked at again: other resources,
 * and in the one that changed what equals its version before.
 */
export class Workspace {
  readonly #files = new Map<string, { readonly text: string; readonly read: ReadFile | undefined }>();
  #validation: Validation | undefined;

  /** A file that was not there, or its whole new text. */
  open(uri: string, text: string): void {
    const known = this.#files.get(uri);
    if (known?.text === text) return;
    this.#files.set(uri, { text, read: known?.read });
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
    if (this.#validation === undefined) {
      const files = [...this.#files].map(([uri, { text, read }]) => {
        const now = read?.text === text ? read : readParts({ path: uri, text }, read);
        this.#files.set(uri, { text, read: now });
        return now;
      });
      this.#validation = validateTogether(files);
    }
    return this.#validation;
  }

  /**
   * Does what is to be done after changes, in steps of a few milliseconds with `pause` between them. When `pause` resolves to
   * false (the text has changed again, the editor was closed) it stops, and resolves to false; files that are done stay done.
   * After `true` the other methods answer at once.
   */
  async prepare(pause: () => Promise<boolean>): Promise<boolean> {
    for (const [uri, { text, read }] of [...this.#files]) {
      if (read?.text === text) continue;
      const steps = readSteps({ path: uri, text }, read);
      for (let count = 1; ; count++) {
        if (count % STEPS === 0 && !(await pause())) return false;
        const step = steps.next();
        if (step.done !== true) continue;
        // Changed meanwhile: what was read is of use all the same.
        const now = this.#files.get(uri);
        if (now !== undefined) this.#files.set(uri, { text: now.text, read: step.value });
        break;
      }
    }
    if (!(await pause())) return false;
    this.validation();
    return true;
  }
}

/** Resources to read before a pause. */
const STEPS = 16;
