/** A person's first minutes, in a real VS Code with the extension installed and a real lab. One step builds on another. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { inspectLab } from '@onehop/lab/backends/local/inspect.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { applyResources, getState } from '@onehop/lab/controlplane/client.js';
import { activationsMs } from '../../src/ui/activation.js';
import { Journey } from '../../src/ui/journey.js';
import { isForPeople, shoot, shootThemes } from '../../src/ui/shots.js';
import type { Workbench } from '../../src/vscode/workbench.js';

const MINUTE = 60_000;
/** From the button to the first request that the kernel routed, seen in the editor. */
const FIRST_REQUEST_MS = 60_000;
/** By the clock, as VS Code measures: the best of some tries, and longer where more programs than processors want to run. */
const ACTIVATION_MS = 50;
const ACTIVATION_TRIES = 6;

describe('first minutes with the extension', function () {
  this.timeout(2 * MINUTE);
  this.retries(0);
  this.bail(true);
  let journey: Journey;
  let began = 0;
  /** A second window, in Chinese. */
  let chinese: Workbench | undefined;

  before(async function () {
    this.timeout(4 * MINUTE);
    // Pictures for people have the name that people see.
    journey = await Journey.begin(isForPeople ? 'bookinfo' : `t-ui-${process.pid}`);
  });
  after(async function () {
    this.timeout(MINUTE);
    await journey.end();
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await shoot(journey.workbench, 'failed');
    if (chinese !== undefined) await shoot(chinese, 'failed-zh-cn');
  });

  it('is active within 50 ms', async function () {
    this.timeout(6 * MINUTE);
    const window = await journey.secondWindow('en');
    const figures = await activationsMs(window, ACTIVATION_TRIES, ACTIVATION_MS);
    await window.page.context().close();
    const best = Math.min(...figures);
    const crowd = Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
    const said = `activation, as VS Code measures it: best ${best} ms of ${figures.join(', ')}, with ${crowd.toFixed(1)} programs a processor`;
    console.log(`      ${said}`);
    assert.ok(best <= ACTIVATION_MS * crowd, said);
  });

  it('says what a lab is and starts it at a button', async () => {
    const { workbench } = journey;
    await workbench.show('OneHop');
    await workbench.widenSideBar(90);
    await workbench.page.getByText('The lab of this workspace is not running').waitFor();
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
    await workbench.codeLens(/reviews-v3 (?:[7-9]|1[0-3])[\d.]* % of 10 %/).waitFor();
    await shootThemes(workbench, 'lens');
    assert.deepEqual(await ticked(workbench), ['lab', 'routes']);
    await shootThemes(workbench, 'walkthrough-steps');
    await workbench.openFile('bookinfo.xds.yaml');
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
    await workbench.quickFix(/reviews-v1\b/);
    await shootThemes(workbench, 'quick-fix');
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
    await page.locator('.statusbar-item', { hasText: 'is in force on' }).first().waitFor();
    await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
    await workbench.codeLens(/% of 50 %/).waitFor();
  });

  it('shows what a node refuses at its line, and what stays in force', async () => {
    const { workbench } = journey;
    await applyWhatNodesRefuse(journey.lab);
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

  it('runs route tests on the text, in the kernel, and shows what they reach', async () => {
    const { workbench } = journey;
    const { page } = workbench;
    await workbench.openFile('bookinfo.routes.test.yaml');
    await workbench.run('Testing: Focus on Test Explorer View');
    await workbench.treeItem(/bookinfo\.routes\.test\.yaml/).waitFor();
    await workbench.run('Test: Run All Tests');
    // The weights were changed, and the tests say so, with every step of the decision.
    await page.getByText('6/11').first().waitFor();
    await workbench.treeItem(/bookinfo\.routes\.test\.yaml/).click();
    await page.keyboard.press('ArrowRight');
    await workbench.treeItem(/everybody else draws the canary/).click();
    await page.keyboard.press('ArrowRight');
    await workbench.treeItem(/in another case/).waitFor();
    await shootThemes(workbench, 'tests-failed');
    await page.keyboard.press('Escape');
    await workbench.run('Testing: Focus on Test Explorer View');
    await expectShares(workbench, journey.folder, 90, 50);
    await runUsing(workbench, 'In the kernel of the lab');
    await page.getByText('11/11').first().waitFor();
    await workbench.openFile('bookinfo.xds.yaml');
    await workbench.goTo(50);
    await shootThemes(workbench, 'tests');
    assert.ok((await gutterIcons(workbench, 'route-reached')) >= 2, 'routes that tests come to are marked');
    assert.equal(await gutterIcons(workbench, 'route-missed'), 0);
  });

  it('sends a request, and shows every step of the decision', async () => {
    const { workbench } = journey;
    await workbench.show('OneHop');
    await workbench.openFile('bookinfo.xds.yaml');
    await workbench.goTo(45);
    await workbench.run('View: Hide Panel');
    await workbench.codeLensCommand('Send request').click();
    const page = workbench.webview();
    await page.locator('.steps li').first().waitFor();
    await page.getByText('cluster reviews-v2').first().waitFor();
    await shootThemes(workbench, 'composer');
    assert.ok((await page.locator('.steps li').count()) >= 5);
    assert.match(await page.locator('.outcome').innerText(), /^200 · kernel/);
    await page.locator('.steps button.link', { hasText: 'bookinfo.xds.yaml:' }).first().click();
    await workbench.page.locator('.tab.active', { hasText: 'bookinfo.xds.yaml' }).first().waitFor();
  });

  it('speaks Chinese at every step', async function () {
    this.timeout(3 * MINUTE);
    chinese = await journey.secondWindow('zh-cn');
    const { page } = chinese;
    await chinese.show('OneHop');
    await chinese.widenSideBar(90);
    await chinese.treeItem(/node-1/).waitFor();
    await page.getByText('实验环境').first().waitFor();
    await chinese.run('OneHop: 打开入门演练');
    await page.locator('.getting-started-step').first().waitFor();
    await shoot(chinese, 'walkthrough-zh-cn');
    await chinese.openFile('bookinfo.xds.yaml');
    await chinese.goTo(45);
    await chinese.codeLens(/kernel · [\d.]+ 请求\/秒/).waitFor();
    await shoot(chinese, 'lens-zh-cn');
    const line = lineOf(journey.folder, 'name: reviews-v1, weight: 50');
    const name = column(journey.folder, line, 'reviews-v1');
    await chinese.goTo(line, name + 'reviews-v1'.length);
    await page.keyboard.type('1');
    await page.locator('.squiggly-error').first().waitFor();
    await page.keyboard.press('Control+Shift+M');
    await page.getByText('1 个错误').first().waitFor();
    await chinese.treeItem(/集群“reviews-v11”未定义。是否想用“reviews-v1”？/).waitFor();
    await shoot(chinese, 'problem-zh-cn');
    await page.keyboard.press('Control+Shift+M');
    await chinese.goTo(line, name + 3);
    await chinese.quickFix(/更改为“reviews-v1”/);
    await shoot(chinese, 'quick-fix-zh-cn');
    await page.keyboard.press('Escape');
    await chinese.run('OneHop: 将配置应用到实验环境');
    await chinese.toast(/未应用任何内容：配置中有 1 个错误。/).waitFor();
    await chinese.toast('正在应用配置').waitFor({ state: 'detached' });
    await shoot(chinese, 'not-applied-zh-cn');
    await page.keyboard.press('Escape');
    await chinese.run('Notifications: Clear All Notifications');
    await chinese.goTo(line, name + 'reviews-v11'.length);
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Control+S');
    await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
    await page.locator('.statusbar-item', { hasText: '上生效' }).first().waitFor();
    await applyWhatNodesRefuse(journey.lab);
    await page.locator('.squiggly-error').first().waitFor();
    await page.keyboard.press('Control+Shift+M');
    await page
      .getByRole('treeitem', { name: /被拒绝：.*request_?mirror_?policies.*OneHop 不支持请求镜像。/i })
      .first()
      .waitFor();
    await shoot(chinese, 'refused-zh-cn');
    await page.keyboard.press('Control+Shift+M');
    await chinese.run('OneHop: 将配置应用到实验环境');
    await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
    await page.locator('.statusbar-item', { hasText: '上生效' }).first().waitFor();
    await chinese.codeLens(/配置 50 %/).waitFor();
    await shoot(chinese, 'share-zh-cn');
    await chinese.codeLensCommand('发送请求').click();
    await chinese.webview().locator('.steps li').first().waitFor();
    for (const step of await chinese.webview().locator('.steps li').allInnerTexts()) assertChinese(step);
    assert.match(
      await chinese.webview().locator('.steps').innerText(),
      /监听器 reviews.*请求头 end-user = "jason"/s,
    );
    await shoot(chinese, 'composer-zh-cn');
    await chinese.run('Testing: Focus on Test Explorer View');
    await expectShares(chinese, journey.folder, 50, 90);
    await chinese.run('Test: Run All Tests');
    await page.getByText('6/11').first().waitFor();
    const failure =
      '期望的份额为 reviews-v1 90 %, reviews-v3 10 %，实际为 reviews-v1 50 %, reviews-v3 50 %。';
    await page.getByText(failure).first().waitFor();
    await shoot(chinese, 'tests-failed-zh-cn');
    await page.keyboard.press('Escape');
    await expectShares(chinese, journey.folder, 90, 50);
    await chinese.run('Test: Run All Tests');
    await page.getByText('11/11').first().waitFor();
    await shoot(chinese, 'tests-zh-cn');
  });

  it('stops the lab', async () => {
    const { workbench } = journey;
    await workbench.show('OneHop');
    await workbench.openFile('bookinfo.xds.yaml');
    await workbench.run('OneHop: Stop Lab');
    await workbench.page.getByText('The lab of this workspace is not running').waitFor();
    await workbench.codeLens(/not running/).waitFor();
    assert.deepEqual(await ticked(workbench), ['lab', 'routes', 'request', 'apply', 'problem', 'stop']);
    await shootThemes(workbench, 'walkthrough-done');
    assert.ok(chinese !== undefined);
    await chinese.show('OneHop');
    await chinese.page.locator('.statusbar-item', { hasText: '未运行' }).first().waitFor();
    await shoot(chinese, 'welcome-zh-cn');
    await chinese.page.context().close();
  });

  it('is right again when the window was closed amid a start', async () => {
    await journey.workbench.run('OneHop: Start Lab');
    await journey.workbench.page
      .locator('.statusbar-item', { hasText: /starting/ })
      .first()
      .waitFor();
    await journey.reopen();
    const { workbench } = journey;
    const settled = workbench.page
      .locator('.statusbar-item', { hasText: new RegExp(`${journey.lab}: (running|not running)`) })
      .first();
    await settled.waitFor();
    const shown = await settled.innerText();
    if (!/: running/.test(shown)) await workbench.run('OneHop: Start Lab');
    await workbench.page
      .locator('.statusbar-item', { hasText: /: running$/ })
      .first()
      .waitFor();
    assert.equal(inspectLab(labNames(journey.lab)).phase, 'running');
    console.log(`      after the window was closed amid a start: ${shown.trim()}`);
    await workbench.run('OneHop: Stop Lab');
    await workbench.page.getByText('The lab of this workspace is not running').waitFor();
  });
});

/** Sent past the editor's own checks, as another client of the control plane would. */
async function applyWhatNodesRefuse(lab: string): Promise<void> {
  const socket = labNames(lab).controlPlaneSocket;
  const { resources } = await getState(socket);
  const refused = resources.map(({ typeUrl, name, json }) => {
    const value = JSON.parse(json) as { virtualHosts?: { routes: { route?: object }[] }[] };
    const route = name === 'reviews' ? value.virtualHosts?.[0]?.routes[1] : undefined;
    if (route !== undefined)
      route.route = { ...route.route, requestMirrorPolicies: [{ cluster: 'reviews-v2' }] };
    return { typeUrl, name, value: value as never };
  });
  let nacked = 0;
  for await (const { state } of applyResources(socket, refused, { timeoutMs: 10_000 }))
    if (state === 'nacked') nacked++;
  assert.ok(nacked > 0, 'no node refused it');
}

/** Steps of the walkthrough that are done, as it shows them. */
async function ticked(workbench: Workbench): Promise<readonly string[]> {
  await workbench.run('OneHop: Open Walkthrough');
  await workbench.page.locator('.getting-started-step').first().waitFor();
  // They are ticked one after another.
  await workbench.page.waitForTimeout(1_000);
  const done = workbench.page.locator('.getting-started-step [role=checkbox][aria-checked=true]');
  const ids = await done.evaluateAll((all) => all.map((one) => one.getAttribute('data-done-step-id') ?? ''));
  return [...new Set(ids.map((id) => id.split('#').at(-1) ?? id))];
}

/** In the route tests, another share of reviews-v1 than before, in per cent; saved. */
async function expectShares(
  workbench: Workbench,
  folder: string,
  before: number,
  now: number,
): Promise<void> {
  const line = lineIn(folder, 'bookinfo.routes.test.yaml', `weights: { reviews-v1: ${before}`);
  await workbench.openFile('bookinfo.routes.test.yaml');
  await workbench.goTo(line);
  await workbench.page.keyboard.press('Home');
  await workbench.page.keyboard.press('Shift+End');
  await workbench.page.keyboard.type(`weights: { reviews-v1: ${now}, reviews-v3: ${100 - now} `);
  await workbench.page.keyboard.press('Control+S');
}

/** Names and numbers are as they are; words side by side are Chinese. */
function assertChinese(shown: string): void {
  assert.match(shown, /\p{Script=Han}/u, shown);
  assert.doesNotMatch(shown.replace(/"[^"]*"/g, ''), /\b[a-z]{2,} [a-z]{2,}\b/, shown);
}

/** All route tests by a profile that is not the default one. */
async function runUsing(workbench: Workbench, profile: string): Promise<void> {
  await workbench.treeItem(/bookinfo\.routes\.test\.yaml/).click({ button: 'right' });
  await workbench.page.getByRole('menuitem', { name: /Execute Using Profile/ }).click();
  await workbench.quickPickRow(profile).click();
}

/** How many lines of the visible editor have this picture beside them. */
async function gutterIcons(workbench: Workbench, name: string): Promise<number> {
  return workbench.page.evaluate<number>(
    `[...document.querySelectorAll('.glyph-margin-widgets > div')]
      .filter((one) => getComputedStyle(one).backgroundImage.includes(${JSON.stringify(name)})).length`,
  );
}

function text(folder: string, file = 'bookinfo.xds.yaml'): readonly string[] {
  return readFileSync(join(folder, file), 'utf8').split('\n');
}

/** Of the first line with `words`, from 1. */
function lineOf(folder: string, words: string): number {
  return lineIn(folder, 'bookinfo.xds.yaml', words);
}

function lineIn(folder: string, file: string, words: string): number {
  const line = text(folder, file).findIndex((one) => one.includes(words));
  assert.ok(line >= 0, `no line with ${words}`);
  return line + 1;
}

function column(folder: string, line: number, words: string): number {
  const at = (text(folder)[line - 1] ?? '').indexOf(words);
  assert.ok(at >= 0, `line ${line} lacks ${words}`);
  return at + 1;
}
