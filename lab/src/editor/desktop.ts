/** The VS Code of the person's desktop, when there is one. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

type Env = Readonly<Record<string, string | undefined>>;

/** The path of `code`; undefined without it, without a screen, and for root, whom it refuses. */
export function desktopEditor(env: Env, uid: number | undefined): string | undefined {
  if (uid === 0 || ((env['DISPLAY'] ?? '') === '' && (env['WAYLAND_DISPLAY'] ?? '') === '')) return undefined;
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'code'))
    .find(runnable);
}

/** Installs the extension and opens the folder. */
export async function openDesktop(code: string, vsix: string, folder: string): Promise<void> {
  const call = promisify(execFile);
  await call(code, ['--install-extension', vsix, '--force']);
  await call(code, [folder]);
}

function runnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
