import * as vscode from 'vscode';
import type { RouteRow } from '@onehop/core/api/agent.generated.js';
import { commands, contexts } from '../contributions.js';
import { wordsOf } from '../failure.js';
import { pageHtml } from '../webviews/html.js';
import type { ComposerState, FromPage, LoadView, ToPage } from '../webviews/composer/protocol.js';
import { composerWords, loadProfiles, loadText } from './composerWords.js';
import { LoadRunner } from './loadRunner.js';
import { draftFor, firstDraft } from './prefill.js';
import type { RequestDraft, ResultView } from './requestModel.js';
import { askRequest, sendRequest, type RequestParts } from './requests.js';

export interface ComposerParts extends RequestParts {
  readonly extension: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Where the history is kept. */
  readonly memory: vscode.Memento;
}

const viewType = 'onehop.composer';
const historyKey = 'requests';
const historyMax = 30;
/** Requests a second of a load that nobody gave another rate. */
const gentleRate = 50;

/** The request composer: one panel, opened by a command or from a route. */
export function registerComposer(parts: ComposerParts): vscode.Disposable {
  const composer = new Composer(parts);
  const open =
    (send: boolean) =>
    async (row?: RouteRow): Promise<void> => {
      const draft =
        row === undefined
          ? undefined
          : draftFor(row, await parts.configuration.model(), parts.store.state.lab.topology);
      composer.open(draft, send);
    };
  return vscode.Disposable.from(
    composer,
    vscode.commands.registerCommand(commands.openComposer, () => composer.open(undefined, false)),
    vscode.commands.registerCommand(commands.sendRequest, open(true)),
    vscode.commands.registerCommand(commands.whatIf, open(false)),
    vscode.commands.registerCommand(commands.startLoad, (profile?: string, rate?: number) =>
      profile === undefined ? composer.pickLoad() : composer.startLoad(profile, rate ?? gentleRate),
    ),
    vscode.commands.registerCommand(commands.stopLoad, () => composer.stopLoad()),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel) => Promise.resolve(composer.adopt(panel)),
    }),
  );
}

class Composer implements vscode.Disposable {
  readonly #load: LoadRunner;
  readonly #stop: () => void;
  #panel: vscode.WebviewPanel | undefined;
  #ready = false;
  #waiting: ToPage[] = [];
  #busy: AbortController | undefined;

  constructor(private readonly parts: ComposerParts) {
    this.#load = new LoadRunner(
      () => {
        void vscode.commands.executeCommand(
          'setContext',
          contexts.loadRunning,
          this.#load.state?.running === true,
        );
        this.#tell();
      },
      (error) => parts.log.warn(`load: ${wordsOf(error).message}`),
    );
    this.#stop = parts.store.onChange(({ lab }, before) => {
      if (lab !== before.lab) this.#tell();
      if (lab.phase === 'absent' || lab.phase === 'remains') this.#load.stop();
    });
  }

  /** With a draft the form is filled, and with `act` something is done with it at once. */
  open(draft: RequestDraft | undefined, send: boolean): void {
    if (this.#panel === undefined)
      this.adopt(
        vscode.window.createWebviewPanel(viewType, vscode.l10n.t('Request'), vscode.ViewColumn.Beside, {
          enableScripts: true,
        }),
      );
    else this.#panel.reveal(undefined, false);
    if (draft === undefined) return;
    this.#post({ type: 'draft', draft });
    void this.#run(send ? 'send' : 'ask', draft);
  }

  /** A panel that was open when the window was closed, or a new one. */
  adopt(panel: vscode.WebviewPanel): void {
    this.#panel?.dispose();
    this.#panel = panel;
    this.#ready = false;
    this.#waiting = [];
    const { extension } = this.parts;
    panel.iconPath = vscode.Uri.joinPath(extension, 'media/icon.png');
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(extension, 'dist/webviews')],
    };
    panel.webview.onDidReceiveMessage((message: FromPage) => this.#take(message));
    panel.onDidDispose(() => {
      this.#busy?.abort();
      this.#panel = undefined;
      this.#ready = false;
    });
    panel.webview.html = pageHtml(panel.webview, extension, 'composer', composerWords());
  }

  async pickLoad(): Promise<void> {
    const picked = await vscode.window.showQuickPick(
      loadProfiles().map(({ name, summary }) => ({ label: name, description: summary })),
      { placeHolder: vscode.l10n.t('Which load should run?') },
    );
    if (picked !== undefined) this.startLoad(picked.label, gentleRate);
  }

  /** On the sample: from productpage to reviews. */
  startLoad(profile: string, rate: number): void {
    this.#startLoad(profile, rate, firstDraft);
  }

  stopLoad(): void {
    this.#load.stop();
  }

  dispose(): void {
    this.#stop();
    this.#load.dispose();
    this.#panel?.dispose();
  }

  #take(message: FromPage): void {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#tell();
        for (const one of this.#waiting.splice(0)) void this.#panel?.webview.postMessage(one);
        return;
      case 'send':
      case 'ask':
        void this.#run(message.type, message.draft);
        return;
      case 'cancel':
        this.#busy?.abort();
        return;
      case 'reveal':
        void vscode.commands.executeCommand(commands.revealField, message.source);
        return;
      case 'startLoad':
        this.#startLoad(message.profile, message.rate, message.draft);
        return;
      case 'stopLoad':
        this.#load.stop();
        return;
      case 'startLab':
        void vscode.commands.executeCommand(commands.startLab);
        return;
      case 'clearHistory':
        void this.parts.memory.update(historyKey, undefined).then(() => this.#tell());
    }
  }

  async #run(type: 'send' | 'ask', draft: RequestDraft): Promise<void> {
    if (this.#busy !== undefined) return;
    const cancel = new AbortController();
    this.#busy = cancel;
    this.#tell();
    try {
      const result = await (type === 'send'
        ? sendRequest(draft, this.parts, cancel.signal)
        : askRequest(draft, this.parts));
      await this.#remember(result);
      if (type === 'send') void vscode.commands.executeCommand('setContext', contexts.requestSent, true);
      this.#post({ type: 'result', result });
    } catch (error) {
      this.parts.log.warn(`${type}: ${error instanceof Error ? error.message : String(error)}`);
      if (!cancel.signal.aborted) this.#post({ type: 'failure', ...wordsOf(error) });
    } finally {
      this.#busy = undefined;
      this.#tell();
    }
  }

  #startLoad(profile: string, rate: number, { from, url }: RequestDraft): void {
    try {
      const { lab } = this.parts.store.state.lab;
      this.#load.start(this.parts.driver.cli(), { lab, profile, from, url, rate });
    } catch (error) {
      this.#post({ type: 'failure', ...wordsOf(error) });
    }
  }

  /** Bodies are not kept: they may be large, and may hold what should not be stored. */
  async #remember(result: ResultView): Promise<void> {
    const kept = { ...result, body: result.body.slice(0, 2_000) };
    await this.parts.memory.update(historyKey, [kept, ...this.#history()].slice(0, historyMax));
  }

  #history(): readonly ResultView[] {
    return this.parts.memory.get<readonly ResultView[]>(historyKey, []);
  }

  #tell(): void {
    if (this.#ready) this.#post({ type: 'state', state: this.#state() });
  }

  #post(message: ToPage): void {
    if (this.#ready) void this.#panel?.webview.postMessage(message);
    else if (this.#panel !== undefined) this.#waiting.push(message);
  }

  #state(): ComposerState {
    const { lab } = this.parts.store.state;
    const running = lab.phase === 'running' || lab.phase === 'degraded';
    return {
      lab: lab.lab,
      running,
      why: running ? '' : vscode.l10n.t('No lab is running.'),
      workloads: lab.topology?.workloads.map(({ name }) => name) ?? [],
      history: this.#history(),
      busy: this.#busy !== undefined,
      profiles: loadProfiles(),
      load: this.#loadView(),
    };
  }

  #loadView(): LoadView | null {
    const { state } = this.#load;
    return state === undefined
      ? null
      : { profile: state.profile, running: state.running, text: loadText(state) };
  }
}
