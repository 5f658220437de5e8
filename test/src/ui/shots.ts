/** Pictures of the workbench, one a theme. */
import { join } from 'node:path';
import { REPOSITORY } from '../vscode/host.js';
import type { Workbench } from '../vscode/workbench.js';

/** What the desktop prefers, and the class that the workbench has when it is drawn so: it follows by itself, see journey.ts. */
const THEMES = [
  ['light', { colorScheme: 'light', forcedColors: 'none' }, 'vs'],
  ['high-contrast', { colorScheme: 'dark', forcedColors: 'active' }, 'hc-black'],
  ['dark', { colorScheme: 'dark', forcedColors: 'none' }, 'vs-dark'],
] as const;

/** With UPDATE_IMAGES=1 the pictures become those of the documentation. */
export const isForPeople = process.env['UPDATE_IMAGES'] === '1';
const FOLDER = isForPeople ? 'docs/images' : 'build/ui';

/** `name-light.png`, `name-high-contrast.png`, `name-dark.png`; the window is dark again afterwards. */
export async function shootThemes(workbench: Workbench, name: string): Promise<void> {
  for (const [suffix, preferred, drawn] of THEMES) {
    await workbench.page.emulateMedia(preferred);
    await workbench.page.locator(`.monaco-workbench.${drawn}`).first().waitFor();
    await shoot(workbench, `${name}-${suffix}`);
  }
}

export async function shoot(workbench: Workbench, name: string): Promise<void> {
  await workbench.page.mouse.move(0, 0);
  // Icons and squiggles are drawn in the frames after a change.
  await workbench.page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
  );
  await workbench.page.waitForTimeout(300);
  await workbench.shot(join(REPOSITORY, FOLDER, `ui-${name}.png`));
}
