/** A window with a lab of its own, for the suites: what the extension says of it, and what is done to it from outside. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as vscode from 'vscode';

/** The extension's public API, as other extensions see it. */
export interface Api {
  readonly version: 1;
  readonly lab: Lab;
  readonly onDidChangeLab: vscode.Event<Lab>;
  apply(): Promise<{ readonly kind: string }>;
}

export interface Lab {
  readonly name: string;
  readonly phase: string;
  readonly nodes: Readonly<Record<string, string>>;
  readonly controlPlane: string;
  readonly configuration: string;
}

/** What has happened is seen within this time, also on a machine that does other things. */
export const seenMs = 2_000;

/** The workspace's lab is called `lab` from now on. */
export async function windowOf(lab: string): Promise<Api> {
  const extension = vscode.extensions.getExtension<Api>('onehop.onehop');
  assert.ok(extension !== undefined);
  await settings().update('lab.name', lab, vscode.ConfigurationTarget.Workspace);
  const api = await extension.activate();
  await until(() => api.lab.name === lab && api.lab.phase === 'absent');
  return api;
}

export async function leaveWindow(lab: string): Promise<void> {
  await onehop('down', '--name', lab);
  await settings().update('lab.name', undefined, vscode.ConfigurationTarget.Workspace);
}

/** The command line, as in a terminal. */
export function onehop(...words: readonly string[]): Promise<unknown> {
  const extension = vscode.extensions.getExtension('onehop.onehop');
  const cli = join(extension?.extensionPath ?? '', '../lab/bin/onehop.js');
  return promisify(execFile)('node', [cli, ...words]);
}

/** Signals one process of the lab, by the pid that was recorded when it was started. */
export function signal(lab: string, kind: string, name: string, what: NodeJS.Signals = 'SIGKILL'): void {
  const { processes } = JSON.parse(readFileSync(`/run/onehop/${lab}/state.json`, 'utf8')) as {
    processes: readonly { kind: string; name: string; pid: number }[];
  };
  const found = processes.find((one) => one.kind === kind && one.name === name);
  assert.ok(found !== undefined, `${kind} ${name}`);
  process.kill(found.pid, what);
}

export function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('onehop');
}

export function allNodes({ nodes }: Lab, state: string): boolean {
  return Object.keys(nodes).length > 0 && Object.values(nodes).every((one) => one === state);
}

export async function openSample(): Promise<vscode.TextDocument> {
  const [uri] = await vscode.workspace.findFiles('bookinfo.xds.yaml');
  assert.ok(uri !== undefined);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  return document;
}

export async function replace(document: vscode.TextDocument, from: string, to: string): Promise<void> {
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

export async function lensTitles(document: vscode.TextDocument): Promise<readonly string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    document.uri,
  );
  return lenses.flatMap(({ command }) => (command === undefined ? [] : [command.title]));
}

/** The first lens that looks so; fails with all that there are. */
export async function untilLens(document: vscode.TextDocument, pattern: RegExp): Promise<string> {
  let titles: readonly string[] = [];
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(200)) {
    titles = await lensTitles(document);
    const found = titles.find((title) => pattern.test(title));
    if (found !== undefined) return found;
  }
  assert.fail(`no lens is like ${pattern}: ${titles.join(' | ')}`);
}

export async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await holds()); await sleep(20))
    assert.ok(Date.now() < end, `not within ${withinMs} ms: ${holds.toString()}`);
}
