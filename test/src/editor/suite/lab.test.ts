import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as vscode from 'vscode';

/** The extension's public API, as other extensions see it. */
interface Api {
  readonly version: 1;
  readonly lab: Lab;
  readonly onDidChangeLab: vscode.Event<Lab>;
}
interface Lab {
  readonly name: string;
  readonly phase: string;
  readonly nodes: Readonly<Record<string, string>>;
  readonly controlPlane: string;
  readonly configuration: string;
}

const lab = `t-editor-${process.pid}`;
/** What has happened is seen within this time, also on a machine that does other things. */
const seenMs = 2_000;

describe('a lab in the editor', function () {
  this.timeout(60_000);
  let api: Api;
  let cli: string;

  before(async () => {
    const extension = vscode.extensions.getExtension<Api>('onehop.onehop');
    assert.ok(extension !== undefined);
    cli = join(extension.extensionPath, '../lab/bin/onehop.js');
    await settings().update('lab.name', lab, vscode.ConfigurationTarget.Workspace);
    api = await extension.activate();
    await until(() => api.lab.name === lab && api.lab.phase === 'absent');
  });

  after(async () => {
    await onehop('down', '--name', lab);
    await settings().update('lab.name', undefined, vscode.ConfigurationTarget.Workspace);
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
    await untilLens(document, /^kernel · never hit$/);
    await vscode.commands.executeCommand('onehop.load.start', 'canary', 60);
    const title = await untilLens(
      document,
      /^kernel · [\d.]+ req\/s · reviews-v1 [\d.]+ % of 90 %, reviews-v3 [\d.]+ % of 10 %$/,
    );
    await untilLens(document, /^1 endpoint · round robin · [\d.]+ req\/s$/);
    assert.doesNotMatch(title, /not applied/);
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
    kill('control-plane', 'control');
    await until(() => api.lab.controlPlane === 'lost', seenMs);
    assert.ok(allNodes(api.lab, 'connected'), 'agents go on with what they have');
    kill('agent', 'node-1');
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

  function onehop(...words: readonly string[]): Promise<unknown> {
    return promisify(execFile)('node', [cli, ...words]);
  }
});

function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('onehop');
}

function allNodes({ nodes }: Lab, state: string): boolean {
  return Object.keys(nodes).length > 0 && Object.values(nodes).every((one) => one === state);
}

/** Ends one process of the lab, by the pid that was recorded when it was started. */
function kill(kind: string, name: string): void {
  const { processes } = JSON.parse(readFileSync(`/run/onehop/${lab}/state.json`, 'utf8')) as {
    processes: readonly { kind: string; name: string; pid: number }[];
  };
  const found = processes.find((one) => one.kind === kind && one.name === name);
  assert.ok(found !== undefined, `${kind} ${name}`);
  process.kill(found.pid, 'SIGKILL');
}

async function openSample(): Promise<vscode.TextDocument> {
  const [uri] = await vscode.workspace.findFiles('bookinfo.xds.yaml');
  assert.ok(uri !== undefined);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  return document;
}

async function replace(document: vscode.TextDocument, from: string, to: string): Promise<void> {
  const at = document.getText().indexOf(from);
  assert.ok(at >= 0, from);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(
    document.uri,
    new vscode.Range(document.positionAt(at), document.positionAt(at + from.length)),
    to,
  );
  assert.ok(await vscode.workspace.applyEdit(edit));
}

async function lensTitles(document: vscode.TextDocument): Promise<readonly string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    document.uri,
  );
  return lenses.flatMap(({ command }) => (command === undefined ? [] : [command.title]));
}

/** The first lens that looks so; fails with all that there are. */
async function untilLens(document: vscode.TextDocument, pattern: RegExp): Promise<string> {
  let titles: readonly string[] = [];
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(200)) {
    titles = await lensTitles(document);
    const found = titles.find((title) => pattern.test(title));
    if (found !== undefined) return found;
  }
  assert.fail(`no lens is like ${pattern}: ${titles.join(' | ')}`);
}

async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await holds()); await sleep(20))
    assert.ok(Date.now() < end, `not within ${withinMs} ms: ${holds.toString()}`);
}
