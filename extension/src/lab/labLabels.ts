import * as vscode from 'vscode';
import type { LabPhase } from '@onehop/lab/backends/backend.js';
import { isLive, type ConnectionState } from '../agent/connectionState.js';
import type { State } from '../store/state.js';
import { limitsText, resourcesText } from '../plural.js';
import { threeDigits, workloadRates } from '../store/rates.js';
import { limits, type LabItem } from './labTree.js';
import { translated, translatedWords } from '../translation/translated.js';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

/** An item of the Lab view with its words, icon and menu. */
export function treeItemOf(item: LabItem, state: State): vscode.TreeItem {
  switch (item.kind) {
    case 'lab':
      return labItem(state);
    case 'nodes':
      return withIcon(new vscode.TreeItem(vscode.l10n.t('Nodes'), Expanded), 'nodes', 'server-environment');
    case 'node':
      return nodeItem(item.node, state);
    case 'workload':
      return workloadItem(item, state);
    case 'controlPlane':
      return controlPlaneItem(state);
    case 'kernel':
      return kernelItem(state);
    case 'limit': {
      const limit = withIcon(new vscode.TreeItem(item.name, None), `limit:${item.name}`, 'info');
      const lost = translated(item.lost);
      limit.description = lost;
      limit.tooltip = vscode.l10n.t('{0} is missing in this kernel: {1}', item.name, lost);
      return limit;
    }
  }
}

/** How a lab is, in words. */
export function phaseText(phase: LabPhase): string {
  switch (phase) {
    case 'absent':
      return vscode.l10n.t('not running');
    case 'starting':
      return vscode.l10n.t('starting');
    case 'running':
      return vscode.l10n.t('running');
    case 'degraded':
      return vscode.l10n.t('running with parts missing');
    case 'remains':
      return vscode.l10n.t('not running; a crash left something behind');
  }
}

/** How the extension stands to an agent or control plane, in words. */
export function connectionText(connection: ConnectionState): string {
  switch (connection.kind) {
    case 'starting':
      return vscode.l10n.t('starting');
    case 'connected':
      return vscode.l10n.t('connected');
    case 'versionDiffers':
      return vscode.l10n.t('version {0}, extension {1}', connection.agent, connection.extension);
    case 'lost':
      return vscode.l10n.t('connection lost');
    case 'refused':
      return vscode.l10n.t('refused: this user is not let in');
  }
}

function labItem({ lab, hidden, operation }: State): vscode.TreeItem {
  const item = withIcon(new vscode.TreeItem(lab.lab, Expanded), `lab:${lab.lab}`, 'vm');
  const doing = operation?.kind === 'stopping' ? vscode.l10n.t('stopping') : vscode.l10n.t('starting');
  const known = hidden ? vscode.l10n.t('another user’s') : phaseText(lab.phase);
  const phase = operation === undefined ? known : doing;
  item.description =
    vscode.l10n.t('local · {0}', phase) +
    (operation?.detail ? ` · ${translatedWords(operation.detail)}` : '');
  item.contextValue = `lab.${lab.phase}`;
  if (lab.phase === 'running') item.iconPath = new vscode.ThemeIcon('vm-running');
  if (lab.phase === 'degraded' || lab.phase === 'remains') item.iconPath = new vscode.ThemeIcon('warning');
  if (hidden) item.iconPath = new vscode.ThemeIcon('lock');
  if (operation !== undefined) item.iconPath = new vscode.ThemeIcon('loading~spin');
  return item;
}

function nodeItem(name: string, { nodes }: State): vscode.TreeItem {
  const item = withIcon(new vscode.TreeItem(name, Expanded), `node:${name}`, 'server');
  item.contextValue = 'node';
  const node = nodes.get(name);
  if (node === undefined) return item;
  const { connection, status } = node;
  if (status !== undefined && isLive(connection)) {
    item.description = [
      vscode.l10n.t('agent {0}', status.version),
      vscode.l10n.t('{0} programs', status.programs.length),
      vscode.l10n.t('kernel {0}', status.kernel),
    ].join(' · ');
    item.tooltip = `${name}\n${item.description}`;
    if (connection.kind === 'connected') return item;
  }
  item.description = vscode.l10n.t('agent: {0}', connectionText(connection));
  item.tooltip = tooltipOf(connection);
  if (connection.kind !== 'starting') item.iconPath = new vscode.ThemeIcon('warning');
  return item;
}

function workloadItem(
  { workload, process }: Extract<LabItem, { kind: 'workload' }>,
  state: State,
): vscode.TreeItem {
  const item = new vscode.TreeItem(workload.name, None);
  item.id = `workload:${workload.name}`;
  item.contextValue = 'workload';
  const [address] = workload.addresses;
  const dead = process?.alive === false;
  const traffic = dead ? undefined : trafficText(workload.name, state);
  item.description = [dead ? vscode.l10n.t('has ended') : traffic, address]
    .filter((part) => part !== undefined)
    .join(' · ');
  item.iconPath = dead
    ? new vscode.ThemeIcon('error', new vscode.ThemeColor('charts.red'))
    : new vscode.ThemeIcon(
        'circle-filled',
        new vscode.ThemeColor(traffic === undefined ? 'disabledForeground' : 'charts.green'),
      );
  item.tooltip = [workload.name, ...workload.addresses].join('\n');
  item.accessibilityInformation = { label: `${workload.name}, ${item.description}` };
  return item;
}

/** What the workload gets and sends, per second; undefined when that is nothing. */
function trafficText(workload: string, state: State): string | undefined {
  const { received, sent } = workloadRates(state).get(workload) ?? { received: 0, sent: 0 };
  if (received > 0 && sent > 0)
    return vscode.l10n.t('in {0}, out {1} req/s', threeDigits(received), threeDigits(sent));
  if (received > 0) return vscode.l10n.t('in {0} req/s', threeDigits(received));
  return sent > 0 ? vscode.l10n.t('out {0} req/s', threeDigits(sent)) : undefined;
}

function controlPlaneItem({ controlPlane, lab }: State): vscode.TreeItem {
  const item = withIcon(
    new vscode.TreeItem(vscode.l10n.t('Control plane'), None),
    'controlPlane',
    'radio-tower',
  );
  item.contextValue = 'controlPlane';
  const process = lab.processes.find(({ kind }) => kind === 'control-plane');
  if (process?.alive === false) {
    item.description = vscode.l10n.t('has ended');
    item.iconPath = new vscode.ThemeIcon('error');
    return item;
  }
  const { connection, state } = controlPlane;
  if (state !== undefined && state.version !== '')
    item.description = `${vscode.l10n.t('version {0}', state.version)} · ${resourcesText(state.resources.length)}`;
  else if (connection !== undefined) item.description = connectionText(connection);
  return item;
}

function kernelItem(state: State): vscode.TreeItem {
  const missing = limits(state);
  const item = withIcon(
    new vscode.TreeItem(vscode.l10n.t('This kernel'), missing.length > 0 ? Collapsed : None),
    'kernel',
    'circuit-board',
  );
  item.description = missing.length === 0 ? vscode.l10n.t('no limits') : limitsText(missing.length);
  return item;
}

function tooltipOf(connection: ConnectionState): string {
  return connection.kind === 'lost' || connection.kind === 'refused'
    ? `${translated(connection.why)}\n${translated(connection.hint)}`
    : connectionText(connection);
}

function withIcon(item: vscode.TreeItem, id: string, icon: string): vscode.TreeItem {
  item.id = id;
  item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}
