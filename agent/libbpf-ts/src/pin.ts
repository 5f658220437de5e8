import { unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { failure } from './check.js';

/**
 * Removes the pin of a map, program or link. What was pinned lives on while
 * somebody else holds it. False when nothing is there.
 */
export function unpin(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    const errno = error instanceof Error && 'errno' in error ? -Number(error.errno) : 0;
    if (errno === constants.errno.ENOENT) return false;
    throw failure(`unpin ${path}`, errno, error instanceof Error ? error.message : '');
  }
}
