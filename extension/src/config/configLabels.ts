import * as vscode from 'vscode';
import type { RouteRow } from '@onehop/core/api/agent.generated.js';
import { commands } from '../contributions.js';
import { errorsText, resourcesText } from '../plural.js';
import { countedRequests, routeKey, routeRates, threeDigits } from '../store/rates.js';
import type { State } from '../store/state.js';
import type { ConfigItem, ResourceItem } from './configTree.js';
import { translated, translatedWords } from '../translation/translated.js';
import { refusalText } from './refusalText.js';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

/** Icon and colour of a path: the same in every view. */
export function pathIcon(path: string): vscode.ThemeIcon {
  switch (path) {
    case 'direct':
      return new vscode.ThemeIcon('arrow-right', new vscode.ThemeColor('charts.green'));
    case 'kernel':
      return new vscode.ThemeIcon('circuit-board', new vscode.ThemeColor('charts.blue'));
    case 'relay':
      return new vscode.ThemeIcon('server-process', new vscode.ThemeColor('charts.orange'));
    default:
      return new vscode.ThemeIcon('question', new vscode.ThemeColor('disabledForeground'));
  }
}

/** An item of the Configuration view with its words, icon and menu. */
export function configItemOf(item: ConfigItem, state: State): vscode.TreeItem {
  switch (item.kind) {
    case 'file':
      return fileItem(item);
    case 'resource':
      return resourceItem(item);
    case 'route':
      return routeItem(item.row, state);
    case 'onlyServed': {
      const group = new vscode.TreeItem(vscode.l10n.t('In no file'), Collapsed);
      group.id = 'onlyServed';
      group.iconPath = new vscode.ThemeIcon('question');
      group.description = `${resourcesText(item.resources.length)}: ${vscode.l10n.t('the next apply removes them')}`;
      return group;
    }
    case 'served': {
      const served = new vscode.TreeItem(item.name, None);
      served.id = `served:${item.typeUrl}:${item.name}`;
      served.description = typeName(item.typeUrl);
      return served;
    }
  }
}

function fileItem({ uri, resources, errors }: Extract<ConfigItem, { kind: 'file' }>): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.Uri.parse(uri), Expanded);
  item.id = `file:${uri}`;
  item.contextValue = 'file';
  item.description = fileText(resources, errors);
  item.command = {
    command: 'vscode.open',
    title: vscode.l10n.t('Open file'),
    arguments: [vscode.Uri.parse(uri)],
  };
  return item;
}

function fileText(resources: readonly ResourceItem[], errors: number): string {
  if (errors > 0) return errorsText(errors);
  const of = (kind: string): number => resources.filter(({ standing }) => standing.kind === kind).length;
  if (of('rejected') > 0) return vscode.l10n.t('rejected');
  if (of('changed') > 0) return vscode.l10n.t('{0} of {1} not applied', of('changed'), resources.length);
  if (of('pending') > 0) return vscode.l10n.t('applying');
  if (of('unknown') > 0) return resourcesText(resources.length);
  return vscode.l10n.t('in force');
}

function resourceItem(resource: ResourceItem): vscode.TreeItem {
  const { typeUrl, name, standing, routes } = resource;
  const item = new vscode.TreeItem(name, routes.length > 0 ? Collapsed : None);
  item.id = `resource:${typeUrl}:${name}`;
  item.contextValue = `resource.${standing.kind}`;
  const { icon, color, text } = standingWords(resource);
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  item.description = `${typeName(typeUrl)} · ${text}`;
  item.tooltip = `${name} (${typeName(typeUrl)})\n${text}`;
  const field = standing.kind === 'rejected' ? standing.field : '';
  item.command = {
    command: commands.revealField,
    title: vscode.l10n.t('Go to the line'),
    arguments: [{ typeUrl, resource: name, field }],
  };
  return item;
}

function standingWords({ standing }: ResourceItem): {
  readonly icon: string;
  readonly color?: string;
  readonly text: string;
} {
  switch (standing.kind) {
    case 'inForce':
      return { icon: 'pass-filled', color: 'charts.green', text: vscode.l10n.t('in force') };
    case 'pending':
      return { icon: 'loading~spin', text: vscode.l10n.t('waiting for {0}', standing.nodes.join(', ')) };
    case 'changed':
      return {
        icon: 'circle-large-outline',
        color: 'charts.yellow',
        text: standing.isNew ? vscode.l10n.t('new, not applied') : vscode.l10n.t('changed, not applied'),
      };
    case 'rejected':
      return {
        icon: 'error',
        color: 'charts.red',
        text: vscode.l10n.t('rejected: {0}', refusalText(standing)),
      };
    case 'invalid':
      return { icon: 'error', color: 'charts.red', text: translated(standing.message) };
    case 'unknown':
      return { icon: 'circle-outline', text: vscode.l10n.t('not running') };
  }
}

function routeItem(row: RouteRow, state: State): vscode.TreeItem {
  const key = routeKey(row);
  const item = new vscode.TreeItem(row.route === '' ? translatedWords(row.match) : row.route, None);
  item.id = `route:${row.source?.field}:${key}`;
  item.iconPath = pathIcon(row.path);
  const rate = routeRates(state).get(key);
  const counted = state.nodes.size === 0 ? undefined : countedRequests(state, key);
  const traffic =
    rate !== undefined && rate > 0
      ? vscode.l10n.t('{0} req/s', threeDigits(rate))
      : counted === 0
        ? vscode.l10n.t('never hit')
        : undefined;
  const match = translatedWords(row.match);
  item.description = [row.path, traffic, match].filter((part) => part !== undefined).join(' · ');
  item.tooltip = `${match}\n${vscode.l10n.t('{0}: {1}', row.path, translated(row.reason))}`;
  item.accessibilityInformation = { label: `${row.route || row.listener}, ${item.description}` };
  if (row.source !== null)
    item.command = {
      command: commands.revealField,
      title: vscode.l10n.t('Go to the line'),
      arguments: [row.source],
    };
  return item;
}

/** Type URL → the last part of the message's name: `Listener`. */
function typeName(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('.') + 1);
}
