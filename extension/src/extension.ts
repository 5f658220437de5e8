import { platform } from 'node:process';
import * as vscode from 'vscode';
import { Links } from './agent/links.js';
import { createApi, type OneHopApi } from './api.js';
import { Applier } from './config/applier.js';
import { registerApply } from './config/applyCommands.js';
import { Configuration } from './config/configuration.js';
import { registerConfigView } from './config/configView.js';
import { InForceDocuments } from './config/inForceDocuments.js';
import { Previews } from './config/previews.js';
import { registerRejectionDiagnostics } from './config/rejectionDiagnostics.js';
import { commands, settings } from './contributions.js';
import { chooseLab, sampleLab } from './lab/chooseLab.js';
import { registerLabCommands } from './lab/labCommands.js';
import { LabDriver } from './lab/labDriver.js';
import { LabFiles } from './lab/labFiles.js';
import { registerLabView } from './lab/labView.js';
import { LabWatcher } from './lab/labWatcher.js';
import { registerStatusBar } from './lab/statusBar.js';
import { registerLenses } from './lens/lenses.js';
import { liveValues } from './lens/liveValues.js';
import { registerComposer } from './requests/composer.js';
import { registerLanguage } from './language/register.js';
import { registerDiagnosticsReport } from './diagnosticsReport.js';
import { registerRouteTests } from './routetests/register.js';
import { Interest } from './store/interest.js';
import { emptyState } from './store/state.js';
import { Store } from './store/store.js';
import { findTables } from './translation/translated.js';

/** Wiring only: makes the parts and hands them to each other. */
export function activate(context: vscode.ExtensionContext): OneHopApi {
  findTables(context.extensionUri);
  const log = vscode.window.createOutputChannel('OneHop', { log: true });
  const store = new Store(emptyState(sampleLab));
  const files = new LabFiles(context.workspaceState);
  const driver = new LabDriver(store, log, context.extensionUri);
  const { version } = context.extension.packageJSON as { version: string };
  const links = new Links(store, version);
  const traffic = new Interest((wanted) => links.watchTraffic(wanted));
  const configuration = new Configuration(files);
  const applier = new Applier(store, configuration);
  const previews = new Previews(store, configuration, context.extensionUri);
  let picked: string | undefined;
  let watcher: LabWatcher | undefined;
  const choose = (states: Parameters<typeof chooseLab>[1]): string =>
    chooseLab({ setting: labSetting(), picked, workspace: files.set.lab }, states);
  const watch = async (): Promise<void> => {
    // Whose lab this is is known only then.
    await files.found;
    watcher ??= new LabWatcher(choose, (seen) => store.update({ impossible: undefined, ...seen }));
  };
  const look = (): void => watcher?.look();
  const onPick = (lab: string): void => {
    picked = lab;
    look();
  };

  const language = registerLanguage({
    files,
    extension: context.extensionUri,
    live: liveValues(store, files, configuration),
  });

  context.subscriptions.push(
    log,
    files,
    links,
    language,
    { dispose: () => watcher?.dispose() },
    vscode.commands.registerCommand(commands.showLog, () => log.show()),
    registerLabView(store, files, traffic),
    registerStatusBar(store),
    registerDiagnosticsReport(context, store),
    registerLabCommands({ store, driver, files, log, extension: context.extensionUri, onPick }),
    configuration,
    registerConfigView({ store, files, configuration, traffic }),
    registerApply({ store, files, applier, log }),
    registerRejectionDiagnostics(store, configuration),
    new InForceDocuments(store, files, configuration, context.workspaceState),
    registerLenses({ store, files, configuration, traffic, previews, log }),
    registerComposer({
      store,
      links,
      driver,
      configuration,
      log,
      extension: context.extensionUri,
      memory: context.workspaceState,
    }),
    registerRouteTests({ texts: language.texts, store, links, extension: context.extensionUri }),
    files.onDidChange(look),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`onehop.${settings.labName}`)) look();
    }),
  );
  if (platform !== 'linux') store.update({ impossible: 'notLinux' });
  else if (vscode.workspace.isTrusted) void watch();
  else {
    store.update({ impossible: 'untrusted' });
    context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(watch));
  }
  return createApi(store, applier, context.subscriptions);
}

function labSetting(): string {
  return vscode.workspace.getConfiguration('onehop').get(settings.labName, '');
}
