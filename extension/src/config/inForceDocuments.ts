import { Buffer } from 'node:buffer';
import * as vscode from 'vscode';
import type { State as ControlPlaneState } from '@onehop/core/api/controlplane.generated.js';
import { commands } from '../contributions.js';
import type { LabFiles } from '../lab/labFiles.js';
import type { Store } from '../store/store.js';
import { textOf, type Configuration } from './configuration.js';
import { sameAsServed } from './resourceStates.js';

const scheme = 'onehop-in-force';
const memory = 'inForce';

/** Texts of the files at the time when they were what is served. */
interface Remembered {
  readonly version: string;
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * The text of a file as it is in force, for the diff editor. While the files say what is served their texts are remembered, so
 * that comments and spelling do not show up as differences; of what came from elsewhere there are only the resources, as YAML.
 */
export class InForceDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #disposables: vscode.Disposable[];
  readonly #shown = new Map<string, vscode.Uri>();

  constructor(
    private readonly store: Store,
    private readonly files: LabFiles,
    private readonly configuration: Configuration,
    private readonly state: vscode.Memento,
  ) {
    const stop = store.onChange((now, before) => {
      if (now.controlPlane.state?.version === before.controlPlane.state?.version) return;
      void this.#remember();
      for (const uri of this.#shown.values()) this.#changed.fire(uri);
    });
    this.#disposables = [
      this.#changed,
      { dispose: stop },
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      configuration.onDidChange(() => void this.#remember()),
      vscode.commands.registerCommand(commands.compareWithInForce, (uri?: vscode.Uri) => this.#compare(uri)),
    ];
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    this.#shown.set(uri.toString(), uri);
    const file = vscode.Uri.parse(Buffer.from(uri.query, 'base64url').toString());
    const served = this.store.state.controlPlane.state;
    if (served === undefined) return `# ${vscode.l10n.t('No lab is running: nothing is in force.')}\n`;
    const remembered = this.state.get<Remembered>(memory);
    const text = remembered?.version === served.version ? remembered.texts[file.toString()] : undefined;
    return text ?? (await asYaml(served));
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #compare(uri = vscode.window.activeTextEditor?.document.uri): Promise<void> {
    if (uri === undefined) return;
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
    const query = Buffer.from(uri.toString()).toString('base64url');
    const inForce = vscode.Uri.from({ scheme, path: uri.path, query });
    this.#changed.fire(inForce);
    await vscode.commands.executeCommand(
      'vscode.diff',
      inForce,
      uri,
      vscode.l10n.t('{0}: in force ↔ file', name),
    );
  }

  async #remember(): Promise<void> {
    const served = this.store.state.controlPlane.state;
    if (served === undefined || served.version === '') return;
    if (this.state.get<Remembered>(memory)?.version === served.version) return;
    const { set, hasErrors } = await this.configuration.read();
    if (hasErrors || !sameAsServed(set, served)) return;
    const texts = await Promise.all(
      this.files.set.config.map(async (uri) => [uri.toString(), await textOf(uri)] as const),
    );
    await this.state.update(memory, { version: served.version, texts: Object.fromEntries(texts) });
  }
}

async function asYaml({ version, resources }: ControlPlaneState): Promise<string> {
  const { stringify } = await import('yaml');
  const list = resources.map(({ typeUrl, json }) => ({ '@type': typeUrl, ...(JSON.parse(json) as object) }));
  return `# ${vscode.l10n.t('Version {0}, as the control plane serves it', version)}\n${stringify({ resources: list })}`;
}
