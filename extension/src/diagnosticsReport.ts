import { release, arch, type } from 'node:os';
import * as vscode from 'vscode';
import { commands, settings } from './contributions.js';
import { withoutSecrets } from './secrets.js';
import type { Store } from './store/store.js';

const logLines = 300;

/** *Collect diagnostics*: one document that can be read before it is passed on. Of the configuration it has only counts. */
export function registerDiagnosticsReport(context: vscode.ExtensionContext, store: Store): vscode.Disposable {
  return vscode.commands.registerCommand(commands.collectDiagnostics, async () => {
    const content = await report(context, store);
    const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
    await vscode.window.showTextDocument(document);
  });
}

async function report(context: vscode.ExtensionContext, { state }: Store): Promise<string> {
  const { version } = context.extension.packageJSON as { version: string };
  const { lab, nodes, controlPlane, impossible } = state;
  const all = vscode.workspace.getConfiguration('onehop');
  const told = Object.values(settings).map((name) => `- onehop.${name}: ${JSON.stringify(all.get(name))}`);
  const processes = lab.processes.map(
    ({ kind, name, alive }) => `- ${kind} ${name}: ${alive ? 'alive' : 'ended'}`,
  );
  const agents = [...nodes].flatMap(([name, { connection, status, routes }]) => [
    `### ${name}`,
    '```json',
    JSON.stringify(
      {
        connection,
        version: status?.version,
        kernel: status?.kernel,
        state: status?.state,
        generation: status?.generation,
        controlPlane: status?.controlPlane,
        capabilities: status?.capabilities,
        programs: status?.programs.map((one) => [one.name, one.attached, one.verifiedInstructions]),
        resources: countBy(status?.resources.map((one) => `${one.typeUrl} ${one.state}`) ?? []),
        routes: routes?.rows.length,
      },
      null,
      2,
    ),
    '```',
  ]);
  return [
    '# OneHop diagnostics',
    '',
    `- extension ${version}, VS Code ${vscode.version} (${vscode.env.appName}, ${vscode.env.remoteName ?? 'local'})`,
    `- ${type()} ${release()} ${arch()}, Node.js ${process.versions.node}`,
    `- workspace trusted: ${vscode.workspace.isTrusted}, lab possible: ${impossible ?? 'yes'}`,
    '',
    '## Settings',
    ...told,
    '',
    `## Lab ${lab.lab}: ${lab.phase}`,
    ...processes,
    `- control plane: ${controlPlane.connection?.kind ?? 'none of its own'}, version ${controlPlane.state?.version ?? ''}, ${controlPlane.state?.resources.length ?? 0} resources`,
    ...agents,
    '',
    `## Log, last ${logLines} lines`,
    '```',
    await logTail(context),
    '```',
    '',
  ].join('\n');
}

function countBy(keys: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

/** Header values and URLs with user information never reach the log; what looks like a secret all the same is left out. */
async function logTail({ logUri }: vscode.ExtensionContext): Promise<string> {
  try {
    const names = (await vscode.workspace.fs.readDirectory(logUri))
      .map(([name]) => name)
      .filter((name) => name.endsWith('.log'));
    const texts = await Promise.all(
      names.map((name) => vscode.workspace.fs.readFile(vscode.Uri.joinPath(logUri, name))),
    );
    const lines = texts
      .map((bytes) => new TextDecoder().decode(bytes))
      .join('')
      .split('\n');
    return withoutSecrets(lines.slice(-logLines).join('\n'));
  } catch {
    return '(no log)';
  }
}
