import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** Milliseconds of rest after a change: editors write a file in several steps. */
const REST_MS = 100;

/** Calls `changed` after changes of files. Their folders are watched, so that a file that is replaced is followed. */
export function watchFiles(files: readonly string[], cwd: string, changed: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const paths = files.filter((file) => file !== '-').map((file) => resolve(cwd, file));
  const folders = new Map<string, Set<string>>();
  for (const path of paths)
    folders.set(dirname(path), (folders.get(dirname(path)) ?? new Set()).add(basename(path)));
  const watchers = [...folders].map(([folder, names]): FSWatcher =>
    watch(folder, (_event, name) => {
      if (name === null || !names.has(name)) return;
      clearTimeout(timer);
      timer = setTimeout(changed, REST_MS);
    }),
  );
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
