/** The workbench as a person uses it: keys, the command palette, files, views. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';

export class Workbench {
  constructor(readonly page: Page) {
    page.setDefaultTimeout(30_000);
  }

  /** Opens a folder of this machine and waits until the workbench is drawn. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.ready();
  }

  /** Until the workbench is drawn. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .activitybar').first().waitFor();
    await this.page.locator('.statusbar-item').first().waitFor();
  }

  /** Runs a command by the title that the palette shows, such as `OneHop: Start lab`. */
  async run(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.#pick(`>${title}`, title);
  }

  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.#pick(name, name.split('/').at(-1) ?? name);
    await this.page
      .locator('.tab.active', { hasText: name.split('/').at(-1) ?? name })
      .first()
      .waitFor();
  }

  /** Moves the cursor of the active editor; lines and columns count from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.page.keyboard.press('Control+G');
    await this.box.waitFor();
    await this.box.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` }).waitFor();
  }

  /** The view container behind an icon of the activity bar. */
  async show(container: string): Promise<void> {
    const tab = this.page.getByRole('tab', { name: new RegExp(`^${container}`) }).first();
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
  }

  /** Pulls the edge of the side bar, so that more of each row can be read. */
  async widenSideBar(pixels: number): Promise<void> {
    const bar = await this.page.locator('.part.sidebar').boundingBox();
    if (bar === null) throw new Error('the side bar is closed');
    const [edge, middle] = [bar.x + bar.width + 2, bar.y + bar.height / 2];
    await this.page.mouse.move(edge, middle);
    await this.page.mouse.down();
    await this.page.mouse.move(edge + pixels, middle, { steps: 5 });
    await this.page.mouse.up();
  }

  treeItem(name: RegExp | string): Locator {
    return this.page.getByRole('treeitem', { name }).first();
  }

  /** The text field of a quick pick or input box. */
  get box(): Locator {
    return this.page.locator('.quick-input-widget input[type=text]');
  }

  quickPickRow(text: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item', { hasText: text }).first();
  }

  codeLens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration', { hasText: text }).first();
  }

  /** One command of a CodeLens. */
  codeLensCommand(title: string): Locator {
    return this.page.locator('.codelens-decoration a', { hasText: title }).first();
  }

  /** Opens the menu of fixes at the cursor, which lists one with `text`. */
  async quickFix(text: RegExp): Promise<void> {
    const fix = this.page.locator('.action-widget').getByText(text).first();
    // Asked before the editor has compared the text with its problems, the menu is empty, and a person asks again.
    for (let tries = 0; tries < 6; tries++) {
      await this.page.keyboard.press('Control+.');
      if (
        await fix.waitFor({ timeout: 5_000 }).then(
          () => true,
          () => false,
        )
      )
        return;
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`no fix ${text} at the cursor`);
  }

  /** The document of a webview; with several, the one that holds `text`. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  async shot(file: string): Promise<void> {
    mkdirSync(dirname(file), { recursive: true });
    await this.page.screenshot({ path: file, animations: 'disabled' });
  }

  async #pick(text: string, row: string): Promise<void> {
    await this.box.waitFor();
    await this.box.fill(text);
    // The list follows the text a moment later.
    const first = this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: row }).first();
    await first.waitFor();
    await this.page.keyboard.press('Enter');
  }
}
