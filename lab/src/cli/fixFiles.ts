import { realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Fix } from '@onehop/core/diagnostics/diagnostic.js';
import { applyFixes } from '@onehop/core/diagnostics/fixes.js';
import type { Configuration } from './configuration.js';

/** What was written into a file. */
export interface FixedFile {
  readonly path: string;
  /** Titles of the fixes, by place. */
  readonly fixes: readonly string[];
}

/** Applies the preferred fixes of a configuration to its files, each file at once. Files without such a fix are not touched. */
export function writeFixes({ validation, sources }: Configuration, cwd: string): FixedFile[] {
  return [...sources].flatMap(([path, text]): FixedFile[] => {
    const wanted = validation.problems.flatMap(({ file, fix }): Fix[] =>
      file === path && fix?.isPreferred === true ? [fix] : [],
    );
    // Bytes that are not UTF-8 were replaced when the file was read: writing it would lose them.
    if (wanted.length === 0 || text.includes('\uFFFD') || path === '-') return [];
    const { text: fixed, applied } = applyFixes(text, wanted);
    replaceFile(realpathSync(resolve(cwd, path)), fixed);
    return [{ path, fixes: applied.map(({ title }) => title) }];
  });
}

/** A reader sees the old text or the new one, never a part. */
export function replaceFile(path: string, text: string): void {
  const { mode } = statSync(path);
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: mode & 0o777, flag: 'wx' });
  renameSync(draft, path);
}
