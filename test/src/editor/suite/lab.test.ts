import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { positionOf } from './documents.js';
import {
  type Api,
  allNodes,
  leaveWindow,
  lensTitles,
  onehop,
  openSample,
  replace,
  seenMs,
  signal,
  until,
  untilLens,
  windowOf,
} from './labWindow.js';

const lab = `t-editor-${process.pid}`;

describe('a lab in the editor', function () {
  this.timeout(60_000);
  let api: Api;

  before(async () => {
    api = await windowOf(lab);
  });
  after(async () => {
    const document = await openSample();
    await replace(document, 'weight: 50', 'weight: 90');
    await replace(document, 'weight: 50', 'weight: 10');
    await document.save();
    await leaveWindow(lab);
  });

  it('starts, and every agent is connected', async () => {
    await vscode.commands.executeCommand('onehop.lab.start');
    await until(
      () => api.lab.phase === 'running' && allNodes(api.lab, 'connected') && api.lab.configuration !== '',
    );
    assert.deepEqual(Object.keys(api.lab.nodes), ['node-1', 'node-2']);
  });

  it('says above a route that nothing has come yet, then how much comes and how it is shared out', async () => {
    const document = await openSample();
    await untilLens(document, /^kernel · never hit since \d\d:\d\d( [AP]M)?$/);
    await vscode.commands.executeCommand('onehop.load.start', 'canary', 60);
    const title = await untilLens(
      document,
      /^kernel · [\d.]+ req\/s · reviews-v1 [\d.]+ % of 90 %, reviews-v3 [\d.]+ % of 10 %$/,
    );
    await untilLens(document, /^1 endpoint · round robin · [\d.]+ req\/s$/);
    assert.doesNotMatch(title, /not applied/);
  });

  it('says under the pointer what a route and a cluster do now', async () => {
    const document = await openSample();
    const said = async (word: string, more: number): Promise<string> => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        positionOf(document, word, more),
      );
      return hovers
        .flatMap(({ contents }) => contents.map((one) => (one as vscode.MarkdownString).value))
        .join('\n');
    };
    assert.match(
      await said('name: canary', 7),
      /\*\*Now\*\*: kernel · [\d.]+ req\/s · reviews-v1 [\d.]+ % of 90 %/,
    );
    const cluster = await said('    name: reviews-v1\n    type: EDS', 6);
    assert.match(cluster, /\*\*Now\*\*: 1 endpoint · round robin · [\d.]+ req\/s/);
    assert.match(cluster, /- 198\.18\.1\.\d+:9080 · reviews-v1 · (healthy|unknown) · [\d.]+ req\/s/);
    assert.doesNotMatch(await said('domains:', 2), /\*\*Now\*\*/);
  });

  it('shows what an apply would move, applies on save, and the share follows', async () => {
    const document = await openSample();
    const before = api.lab.configuration;
    await replace(document, 'weight: 90', 'weight: 50');
    await replace(document, 'weight: 10', 'weight: 50');
    const preview = await untilLens(document, /^1 resource not applied · [\d.]+ % of the [\d,]+ requests/);
    // Of reviews' requests 40 % would go from v1 to v3; those to ratings stay.
    const moved = Number(/· ([\d.]+) %/.exec(preview)?.[1]);
    assert.ok(moved > 20 && moved < 45, preview);
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.save');
    await until(() => api.lab.configuration !== before, 5_000);
    const share = await untilLens(document, /reviews-v1 [\d.]+ % of 50 %/);
    assert.doesNotMatch(share, /not applied/);
    const enough = async (): Promise<boolean> => {
      const titles = await lensTitles(document);
      const observed = Number(/reviews-v1 ([\d.]+) % of 50 %/.exec(titles.join('\n'))?.[1]);
      return observed > 35 && observed < 65;
    };
    await until(enough, 15_000);
  });

  it('does not apply what has errors, and leaves in force what is', async () => {
    const document = await openSample();
    const before = api.lab.configuration;
    await replace(document, 'cluster: reviews-v2 }', 'cluster: reviews-v9 }');
    const outcome = await vscode.commands.executeCommand<{ kind: string }>('onehop.apply');
    assert.equal(outcome.kind, 'invalid');
    assert.equal(api.lab.configuration, before);
    await replace(document, 'cluster: reviews-v9 }', 'cluster: reviews-v2 }');
    await document.save();
  });

  it('tells the truth when an agent or the control plane is killed, and when the lab is gone', async () => {
    signal(lab, 'control-plane', 'control');
    await until(() => api.lab.controlPlane === 'lost', seenMs);
    assert.ok(allNodes(api.lab, 'connected'), 'agents go on with what they have');
    signal(lab, 'agent', 'node-1');
    await until(() => api.lab.nodes['node-1'] === 'lost', seenMs);
    assert.equal(api.lab.nodes['node-2'], 'connected');
    await until(() => api.lab.phase === 'degraded', seenMs);
    await onehop('down', '--name', lab);
    await until(() => api.lab.phase === 'absent' && Object.keys(api.lab.nodes).length === 0, seenMs);
    const document = await openSample();
    await untilLens(document, /lab not running/);
  });

  it('is seen when it was started from a terminal', async () => {
    await onehop('up', '--name', lab);
    await until(() => api.lab.phase === 'running' && allNodes(api.lab, 'connected'), seenMs);
    await vscode.commands.executeCommand('onehop.lab.stop');
    await until(() => api.lab.phase === 'absent', seenMs);
  });
});
