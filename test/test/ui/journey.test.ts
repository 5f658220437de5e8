/** A person's first minutes, in a real VS Code with the extension installed and a real lab. One step builds on another. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { applyResources, getState } from '@onehop/lab/controlplane/client.js';
import { activationsMs } from '../../src/ui/activation.js';
import { Journey } from '../../src/ui/journey.js';
import { shoot, shootThemes } from '../../src/ui/shots.js';

const MINUTE = 60_000;
/** From the button to the first request that the kernel routed, seen in the editor. */
const FIRST_REQUEST_MS = 60_000;
/** By the clock, so others on the machine count: the best of some tries is what the extension itself needs. */
const ACTIVATION_MS = 50;
const ACTIVATION_TRIES = 6;

describe('first minutes with the extension', function () {
  this.timeout(2 * MINUTE);
  this.retries(0);
  this.bail(true);
  let journey: Journey;
  let began = 0;

  before(async function () {
    this.timeout(4 * MINUTE);
    journey = await Journey.begin(`t-ui-${process.pid}`);
  });
  after(async function () {
    this.timeout(MINUTE);
    await journey.end();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await shoot(journey.workbench, 'failed');
  });

  it('is active within 50 ms', async () => {
    const figures = await activationsMs(journey.workbench, ACTIVATION_TRIES);
    const best = Math.min(...figures);
    const said = `activation, as VS Code measures it: best ${best} ms of ${figures.join(', ')}`;
    console.log(`      ${said}`);
    assert.ok(best <= ACTIVATION_MS, said);
  });

  it('says what a lab is and starts it at a button', async () => {
    const { workbench } = journey;
    await workbench.show('OneHop');
    await workbench.page.getByText('No lab is running').waitFor();
    await shootThemes(workbench, 'welcome');
    await workbench.run('OneHop: Open Walkthrough');
    await workbench.page.locator('.getting-started-step').first().waitFor();
    await shootThemes(workbench, 'walkthrough');
    began = Date.now();
    await workbench.page.locator('.monaco-text-button', { hasText: 'Start Lab' }).first().click();
    await workbench.treeItem(/node-1/).waitFor();
    await workbench.page
      .getByRole('treeitem', { name: /productpage-v1/ })
      .first()
      .waitFor();
    await workbench.page
      .locator('.statusbar-item', { hasText: /running/ })
      .first()
      .waitFor();
    await shootThemes(workbench, 'lab');
  });

  it('shows what each route became, and the first request', async () => {
    const { workbench } = journey;
    // The button opened the routes and sends a gentle load.
    await workbench.page.locator('.tab.active', { hasText: 'bookinfo.xds.yaml' }).first().waitFor();
    await workbench.goTo(45);
    await workbench.codeLens(/kernel · [\d.]+ req\/s/).waitFor();
    const ms = Date.now() - began;
    console.log(`      the first kernel-routed request after ${(ms / 1000).toFixed(1)} s`);
    assert.ok(ms <= FIRST_REQUEST_MS, `${ms} ms`);
    await shootThemes(workbench, 'lens');
  });

  it('marks a mistake while one types, and corrects it', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    const line = lineOf(journey.folder, 'weight: 90');
    await workbench.goTo(line, column(journey.folder, line, 'reviews-v1') + 'reviews-v1'.length);
    await page.keyboard.type('1');
    await page.locator('.squiggly-error').first().waitFor();
    await page.keyboard.press('Control+Shift+M');
    await page
      .getByRole('treeitem', { name: /reviews-v11/ })
      .first()
      .waitFor();
    await shootThemes(workbench, 'problem');
    await page.keyboard.press('Control+Shift+M');
    await workbench.goTo(line, column(journey.folder, line, 'reviews-v1') + 3);
    await page.keyboard.press('Control+.');
    await page
      .locator('.action-widget')
      .getByText(/reviews-v1\b/)
      .first()
      .waitFor();
    await shoot(workbench, 'quick-fix-dark');
    await page.keyboard.press('Enter');
    await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
    await workbench.codeLens(/changed, not applied/).waitFor({ state: 'detached' });
  });

  it('applies a new weight on save, and the share follows', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    for (const [from, to] of [
      ['weight: 90', '50'],
      ['weight: 10', '50'],
    ] as const) {
      const line = lineOf(journey.folder, from);
      await workbench.goTo(line, column(journey.folder, line, from) + 'weight: '.length);
      await page.keyboard.press('Delete');
      await page.keyboard.press('Delete');
      await page.keyboard.type(to);
    }
    await page.keyboard.press('Control+S');
    await workbench.codeLens(/% of 50 %/).waitFor();
    await shootThemes(workbench, 'share');
  });

  it('does not apply what has an error, and says so', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    const line = lineOf(journey.folder, 'name: reviews-v3, weight');
    await workbench.goTo(line, column(journey.folder, line, 'weight'));
    await page.keyboard.type('x');
    await page.locator('.squiggly-error').first().waitFor();
    await workbench.run('OneHop: Apply Configuration to Lab');
    await workbench.toast(/Nothing was applied/).waitFor();
    await shootThemes(workbench, 'not-applied');
    await page.keyboard.press('Escape');
    await workbench.run('Notifications: Clear All Notifications');
    await workbench.goTo(line, column(journey.folder, line, 'xweight'));
    await page.keyboard.press('Delete');
    await page.keyboard.press('Control+S');
    await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
    await workbench.codeLens(/% of 50 %/).waitFor();
  });

  it('shows what a node refuses at its line, and what stays in force', async () => {
    const { workbench } = journey;
    const socket = labNames(journey.lab).controlPlaneSocket;
    const { resources } = await getState(socket);
    const refused = resources.map(({ typeUrl, name, json }) => {
      const value = JSON.parse(json) as { virtualHosts?: { routes: { route?: object }[] }[] };
      const route = name === 'reviews' ? value.virtualHosts?.[0]?.routes[1] : undefined;
      // Sent past the editor's own checks, as another client of the control plane would.
      if (route !== undefined)
        route.route = { ...route.route, requestMirrorPolicies: [{ cluster: 'reviews-v2' }] };
      return { typeUrl, name, value: value as never };
    });
    let nacked = 0;
    for await (const { state } of applyResources(socket, refused, { timeoutMs: 10_000 }))
      if (state === 'nacked') nacked++;
    assert.ok(nacked > 0, 'no node refused it');
    await workbench.page.locator('.squiggly-error').first().waitFor();
    await workbench.page.keyboard.press('Control+Shift+M');
    await workbench.page
      .getByRole('treeitem', { name: /request_?mirror_?policies/i })
      .first()
      .waitFor();
    await shootThemes(workbench, 'refused');
    await workbench.page.keyboard.press('Control+Shift+M');
    await workbench.run('OneHop: Apply Configuration to Lab');
    await workbench.page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
  });

  it('speaks Chinese', async () => {
    const chinese = await journey.inChinese();
    await chinese.show('OneHop');
    await chinese.treeItem(/node-1/).waitFor();
    await chinese.page.getByText('实验环境').first().waitFor();
    await chinese.openFile('bookinfo.xds.yaml');
    await chinese.page.locator('.monaco-editor .view-line').first().click();
    for (let i = 0; i < 50; i++) await chinese.page.keyboard.press('ArrowDown');
    await chinese.codeLens(/kernel/).waitFor();
    await shoot(chinese, 'lens-zh-cn');
    await chinese.page.context().close();
  });

  it('stops the lab', async () => {
    const { workbench } = journey;
    await workbench.run('OneHop: Stop Lab');
    await workbench.page.getByText('No lab is running').waitFor();
    await workbench.codeLens(/not running/).waitFor();
  });
});

function text(folder: string): readonly string[] {
  return readFileSync(join(folder, 'bookinfo.xds.yaml'), 'utf8').split('\n');
}

/** Of the first line with `words`, from 1. */
function lineOf(folder: string, words: string): number {
  const line = text(folder).findIndex((one) => one.includes(words));
  assert.ok(line >= 0, `no line with ${words}`);
  return line + 1;
}

function column(folder: string, line: number, words: string): number {
  const at = (text(folder)[line - 1] ?? '').indexOf(words);
  assert.ok(at >= 0, `line ${line} lacks ${words}`);
  return at + 1;
}
