/** The place of a journey: the extension as it is published, a folder with the sample, a lab of its own. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type Host, openBrowser, openWindow, REPOSITORY, startHost } from '../vscode/host.js';
import { Workbench } from '../vscode/workbench.js';

export class Journey {
  private constructor(
    readonly lab: string,
    readonly host: Host,
    readonly browser: Browser,
    private shown: Workbench,
    readonly folder: string,
  ) {}

  /** Builds and installs the extension, then opens the folder. */
  static async begin(lab: string): Promise<Journey> {
    execFileSync('bash', [join(REPOSITORY, 'scripts/vscode-host.sh')], { stdio: 'inherit' });
    execFileSync('npm', ['run', '--silent', '-w', 'extension', 'package'], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const host = await startHost({
      vsix: join(REPOSITORY, 'extension/onehop.vsix'),
      settings: {
        'onehop.cli.path': join(REPOSITORY, 'lab/bin/onehop.js'),
        // Other labs may run on this machine.
        'onehop.lab.name': lab,
        // So that a CodeLens can be read to its end.
        'editor.minimap.enabled': false,
        'window.autoDetectColorScheme': true,
        'window.autoDetectHighContrast': true,
        'workbench.preferredLightColorTheme': 'Default Light Modern',
        'workbench.preferredDarkColorTheme': 'Default Dark Modern',
        'workbench.preferredHighContrastColorTheme': 'Default High Contrast',
      },
    });
    const folder = join(host.home, 'bookinfo');
    cpSync(join(REPOSITORY, 'lab/samples/bookinfo'), folder, { recursive: true });
    const topology = join(folder, 'bookinfo.lab.yaml');
    writeFileSync(topology, readFileSync(topology, 'utf8').replace('name: bookinfo', `name: ${lab}`));
    const browser = await openBrowser();
    const context = await openWindow(browser, host);
    const workbench = new Workbench(await context.newPage());
    await workbench.page.emulateMedia({ colorScheme: 'dark' });
    await workbench.open(host.url({ folder }));
    return new Journey(lab, host, browser, workbench, folder);
  }

  get workbench(): Workbench {
    return this.shown;
  }

  /** Closes the window and opens the folder in another. */
  async reopen(): Promise<void> {
    await this.shown.page.context().close();
    this.shown = new Workbench(await (await openWindow(this.browser, this.host)).newPage());
    await this.shown.page.emulateMedia({ colorScheme: 'dark' });
    await this.shown.open(this.host.url({ folder: this.folder }));
    await this.shown.show('OneHop');
  }

  /** The same folder in a second window. */
  async secondWindow(language: 'en' | 'zh-cn'): Promise<Workbench> {
    const context = await openWindow(this.browser, this.host, language);
    const workbench = new Workbench(await context.newPage());
    await workbench.page.emulateMedia({ colorScheme: 'dark' });
    await workbench.open(this.host.url({ folder: this.folder }));
    return workbench;
  }

  async end(): Promise<void> {
    await this.browser.close();
    await this.host.stop();
    execFileSync('node', [join(REPOSITORY, 'lab/bin/onehop.js'), 'down', '--name', this.lab], {
      stdio: 'ignore',
    });
  }
}
