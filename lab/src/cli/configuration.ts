import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Rejection } from '@onehop/core/api/rejections.js';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { validateFiles, type Validation } from '@onehop/core/diagnostics/validate.js';
import { parseFieldPath } from '@onehop/core/resources/model.js';
import { Failure } from './failure.js';

/** xDS files, read and validated. */
export interface Configuration {
  readonly validation: Validation;
  /** Texts by the paths that the user gave. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Reads files of the working folder `cwd` and validates them together. Throws Failure `not-found` for one that cannot be read. */
export function readConfiguration(paths: readonly string[], cwd: string): Configuration {
  const sources = new Map([...new Set(paths)].map((path) => [path, readText(path, cwd)]));
  return { validation: validateFiles([...sources].map(([path, text]) => ({ path, text }))), sources };
}

/** A text file; "-" is standard input. Throws Failure `not-found`. */
export function readText(path: string, cwd: string): string {
  try {
    return readFileSync(path === '-' ? 0 : resolve(cwd, path), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new Failure('not-found', `There is no file ${path}.`, 'Check the path.', { cause: error });
    throw new Failure(
      'not-found',
      `${path} cannot be read (${code}).`,
      'Check that it is a file that you may read.',
      { cause: error },
    );
  }
}

/** What a node or the control plane refused, at its place in the file; undefined when the file does not have the resource. */
export function locateRejection(rejection: Rejection, { validation }: Configuration): Diagnostic | undefined {
  const { typeUrl, resource, field, message } = rejection;
  const path = parseFieldPath(field) ?? [];
  const location = validation.locate(typeUrl, resource, path);
  if (location === undefined) return undefined;
  const text = field === '' ? message : `${field}: ${message}`;
  return {
    ...location,
    rule: 'rejected',
    severity: 'error',
    message: text,
    resource: { typeUrl, name: resource, path },
  };
}
