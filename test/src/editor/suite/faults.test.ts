/** Whatever happens to a lab, the window tells the truth within 2 s, and is right again by itself when the lab is. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { startMockAgent } from './mockAgent.js';

const lab = `t-editor-f-${process.pid}`;
const socket = `/run/onehop/${lab}/agent-node-1.sock`;

describe('when something happens to the lab', function () {
  this.timeout(60_000);
  // Each test goes on from where the one before it ended.
  this.retries(0);
  let api: Api;

  const isUp = (): boolean =>
    api.lab.phase === 'running' && allNodes(api.lab, 'connected') && api.lab.controlPlane === 'connected';
  const restart = async (): Promise<void> => {
    await onehop('down', '--name', lab);
    await onehop('up', '--name', lab);
    await until(isUp, seenMs);
  };

  before(async () => {
    api = await windowOf(lab);
    await onehop('up', '--name', lab);
    await until(() => isUp() && api.lab.configuration !== '', seenMs);
  });
  after(() => leaveWindow(lab));

  it('an agent that does not go on is lost, its rates are gone, and both are back when it does', async () => {
    const document = await openSample();
    await vscode.commands.executeCommand('onehop.load.start', 'canary', 60);
    await untilLens(document, /^kernel · [\d.]+ req\/s · reviews-v1/);
    for (const node of ['node-1', 'node-2']) signal(lab, 'agent', node, 'SIGSTOP');
    try {
      await until(() => allNodes(api.lab, 'lost'), seenMs);
      await until(
        async () => (await lensTitles(document)).every((title) => !/[1-9][\d.]* req\/s/.test(title)),
        seenMs,
      );
    } finally {
      for (const node of ['node-1', 'node-2']) signal(lab, 'agent', node, 'SIGCONT');
    }
    await until(isUp, seenMs);
    await untilLens(document, /^kernel · [\d.]+ req\/s · reviews-v1/);
    await vscode.commands.executeCommand('onehop.load.stop');
  });

  it('a workload that ends is told at its cluster', async () => {
    const document = await openSample();
    signal(lab, 'workload', 'reviews-v1');
    await until(() => api.lab.phase === 'degraded', seenMs);
    await untilLens(document, /^1 endpoint · 1 ended · round robin/);
    await restart();
    await untilLens(document, /^1 endpoint · round robin/);
    assert.ok((await lensTitles(document)).every((title) => !title.includes('ended')));
  });

  it('what is written while a save is applied is not applied with it', async () => {
    const document = await openSample();
    const before = api.lab.configuration;
    await replace(document, 'weight: 90', 'weight: 80');
    await replace(document, 'weight: 10', 'weight: 20');
    await vscode.window.showTextDocument(document);
    const saved = document.getText();
    const saving = vscode.commands.executeCommand('workbench.action.files.save');
    // As soon as it is on the disk somebody types on: half a name.
    await until(() => !document.isDirty);
    await replace(document, 'cluster: reviews-v2 }', 'cluster: reviews- }');
    await saving;
    await until(() => api.lab.configuration !== before, 5_000);
    assert.match(document.getText(), /reviews- }/);
    const inForce = await vscode.workspace.fs.readFile(document.uri);
    assert.equal(new TextDecoder().decode(inForce), saved);
    await replace(document, 'cluster: reviews- }', 'cluster: reviews-v2 }');
    await untilLens(document, /^kernel · (?!.*not applied)/);
    await document.save();
  });

  it('a control plane that dies while something is applied leaves no apply behind', async () => {
    const document = await openSample();
    await replace(document, 'weight: 80', 'weight: 70');
    await document.save();
    signal(lab, 'control-plane', 'control', 'SIGSTOP');
    const applying = api.apply().then(
      ({ kind }) => kind,
      () => 'failed',
    );
    await sleep(300);
    signal(lab, 'control-plane', 'control');
    const outcome = await Promise.race([applying, sleep(seenMs, 'still applying')]);
    assert.equal(outcome, 'failed');
    await until(() => api.lab.controlPlane === 'lost', seenMs);
    assert.ok(allNodes(api.lab, 'connected'), 'agents go on with what they have');
    await restart();
    assert.equal((await api.apply()).kind, 'applied');
  });

  it('`down` in a terminal while requests run is seen, and `up` again, too', async () => {
    const document = await openSample();
    await vscode.commands.executeCommand('onehop.load.start', 'steady', 50);
    await untilLens(document, /[\d.]+ req\/s/);
    await onehop('down', '--name', lab);
    await until(() => api.lab.phase === 'absent' && Object.keys(api.lab.nodes).length === 0, seenMs);
    await untilLens(document, /lab not running/);
    await onehop('up', '--name', lab);
    await until(isUp, seenMs);
    await untilLens(document, /^kernel · never hit since/);
  });

  describe('and another agent stands in for one that was killed', () => {
    before(() => signal(lab, 'agent', 'node-1'));
    after(restart);

    it('one that refuses is told so', async () => {
      await until(() => api.lab.nodes['node-1'] === 'lost', seenMs);
      const agent = await startMockAgent(socket, { refuses: true });
      await until(() => api.lab.nodes['node-1'] === 'refused', seenMs);
      assert.equal(api.lab.nodes['node-2'], 'connected');
      agent.stop();
      await until(() => api.lab.nodes['node-1'] === 'lost', seenMs);
    });

    it('an older one is told so, and is listened to', async () => {
      const agent = await startMockAgent(socket, { version: '0.0.9' });
      await until(() => api.lab.nodes['node-1'] === 'versionDiffers', seenMs);
      agent.stop();
      await until(() => api.lab.nodes['node-1'] === 'lost', seenMs);
    });

    it('a slow one is not taken for connected before it has spoken, and is then', async () => {
      const slowMs = 3_000;
      const agent = await startMockAgent(socket, { version: '0.1.0', slowMs });
      await sleep(slowMs / 2);
      assert.notEqual(api.lab.nodes['node-1'], 'connected');
      await until(() => api.lab.nodes['node-1'] === 'connected', slowMs + seenMs);
      agent.stop();
      await until(() => api.lab.nodes['node-1'] === 'lost', seenMs);
    });
  });

  it('nothing of a file is lost meanwhile', async () => {
    const document = await openSample();
    assert.ok(positionOf(document, 'weight: 70').line > 0);
    await replace(document, 'weight: 70', 'weight: 90');
    await replace(document, 'weight: 20', 'weight: 10');
    await document.save();
  });
});
