import * as vscode from 'vscode';
import { commands, contexts, settings } from '../contributions.js';
import { showFailure } from '../failure.js';
import type { LabFiles } from '../lab/labFiles.js';
import { errorsText, nodesText } from '../plural.js';
import type { Store } from '../store/store.js';
import type { Applier, ApplyOutcome } from './applier.js';

export interface ApplyParts {
  readonly store: Store;
  readonly files: LabFiles;
  readonly applier: Applier;
  readonly log: vscode.LogOutputChannel;
}

/** Apply by the command and, when the setting says so, on save. */
export function registerApply(parts: ApplyParts): vscode.Disposable {
  const { store, files } = parts;
  const savedByHand = new Set<string>();
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commands.apply, async (): Promise<ApplyOutcome | undefined> => {
      // What is applied is what is on disk, so that it can be found again.
      const open = vscode.workspace.textDocuments.filter(({ uri, isDirty }) => isDirty && files.has(uri));
      savedByApply += 1;
      try {
        for (const document of open) await document.save();
      } finally {
        savedByApply -= 1;
      }
      return apply(parts, true);
    }),
    vscode.workspace.onWillSaveTextDocument(({ document, reason }) => {
      // Half a change that the editor saves by itself is not meant for the lab.
      if (reason === vscode.TextDocumentSaveReason.Manual) savedByHand.add(document.uri.toString());
      else savedByHand.delete(document.uri.toString());
    }),
    vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      if (!savedByHand.delete(uri.toString())) return;
      const wanted = vscode.workspace.getConfiguration('onehop', uri).get(settings.applyOnSave, true);
      const up = store.state.lab.phase === 'running' || store.state.lab.phase === 'degraded';
      if (wanted && up && savedByApply === 0 && vscode.workspace.isTrusted && files.has(uri))
        void apply(parts, false);
    }),
  );
}

/** A save that is part of an apply is no reason for another. */
let savedByApply = 0;

async function apply({ applier, log }: ApplyParts, asked: boolean): Promise<ApplyOutcome | undefined> {
  try {
    const outcome = await vscode.window.withProgress(
      {
        location: asked ? vscode.ProgressLocation.Notification : vscode.ProgressLocation.Window,
        title: vscode.l10n.t('Applying the configuration'),
        cancellable: asked,
      },
      (progress, token) => {
        const cancel = new AbortController();
        token.onCancellationRequested(() => cancel.abort());
        return applier.apply(cancel.signal, ({ node, state }) => {
          log.info(`apply: ${node}: ${state}`);
          progress.report({ message: `${node}: ${answerText(state)}` });
        });
      },
    );
    log.info(`apply: ${JSON.stringify(outcome)}`);
    void tell(outcome, asked);
    return outcome;
  } catch (error) {
    void showFailure(error, log);
    return undefined;
  }
}

function answerText(state: string): string {
  switch (state) {
    case 'acked':
      return vscode.l10n.t('in force');
    case 'nacked':
      return vscode.l10n.t('rejected');
    default:
      return vscode.l10n.t('no answer in time');
  }
}

/** On save only what went wrong and cannot be seen at a line is told aloud. */
async function tell(outcome: ApplyOutcome, asked: boolean): Promise<void> {
  switch (outcome.kind) {
    case 'applied':
      void vscode.commands.executeCommand('setContext', contexts.applied, true);
      vscode.window.setStatusBarMessage(
        `$(pass) ${vscode.l10n.t('Version {0} is in force on {1}', outcome.version, nodesText(outcome.nodes.length))}`,
        5_000,
      );
      return;
    case 'invalid':
      if (asked)
        await offerProblems(
          vscode.l10n.t(
            'Nothing was applied: the configuration has {0}. Correct the lines that are marked.',
            errorsText(outcome.errors),
          ),
        );
      return;
    case 'rejected': {
      const by = outcome.nodes.length === 0 ? vscode.l10n.t('the control plane') : outcome.nodes.join(', ');
      const stays =
        outcome.inForce === '' ? '' : ` ${vscode.l10n.t('Version {0} stays in force.', outcome.inForce)}`;
      await offerProblems(vscode.l10n.t('The configuration was rejected by {0}.', by) + stays);
      return;
    }
    case 'timeout':
      void vscode.window.showWarningMessage(
        vscode.l10n.t(
          '{0} did not answer in time; it takes the configuration when it can.',
          outcome.nodes.join(', '),
        ),
      );
      return;
    case 'noLab':
      await offerStart();
      return;
    case 'foreign':
      void vscode.window.showInformationMessage(
        vscode.l10n.t('This lab follows a control plane of its own: change the configuration there.'),
      );
  }
}

async function offerProblems(message: string): Promise<void> {
  const show = vscode.l10n.t('Show problems');
  if ((await vscode.window.showErrorMessage(message, show)) === show)
    await vscode.commands.executeCommand('workbench.actions.view.problems');
}

async function offerStart(): Promise<void> {
  const start = vscode.l10n.t('Start lab');
  const message = vscode.l10n.t('Nothing was applied: no lab is running.');
  if ((await vscode.window.showInformationMessage(message, start)) === start)
    await vscode.commands.executeCommand(commands.startLab);
}
