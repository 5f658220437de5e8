import * as vscode from 'vscode';
import { threeDigits } from '../store/rates.js';
import type { Words } from '../webviews/composer/protocol.js';
import type { LoadState } from './loadRunner.js';

/** The words of the composer's page. */
export function composerWords(): Words {
  return {
    title: vscode.l10n.t('Request'),
    from: vscode.l10n.t('From workload'),
    method: vscode.l10n.t('Method'),
    url: vscode.l10n.t('URL'),
    headers: vscode.l10n.t('Headers'),
    headersHint: vscode.l10n.t('One a line, for example end-user: jason'),
    body: vscode.l10n.t('Body'),
    send: vscode.l10n.t('Send'),
    whatIf: vscode.l10n.t('What if…'),
    cancel: vscode.l10n.t('Cancel'),
    sending: vscode.l10n.t('Waiting for the answer'),
    history: vscode.l10n.t('History'),
    noHistory: vscode.l10n.t('Requests that you send are listed here.'),
    clearHistory: vscode.l10n.t('Clear history'),
    answer: vscode.l10n.t('Answer'),
    noAnswer: vscode.l10n.t('Send the request, or ask where it would go without sending it.'),
    decision: vscode.l10n.t('Decision'),
    responseHeaders: vscode.l10n.t('Headers of the response'),
    responseBody: vscode.l10n.t('Body of the response'),
    load: vscode.l10n.t('Load'),
    profile: vscode.l10n.t('Profile'),
    rate: vscode.l10n.t('Requests a second'),
    start: vscode.l10n.t('Start'),
    stop: vscode.l10n.t('Stop'),
    startLab: vscode.l10n.t('Start lab'),
    notSent: vscode.l10n.t('not sent'),
    taken: vscode.l10n.t('taken'),
    notTaken: vscode.l10n.t('not taken'),
    bytes: vscode.l10n.t('{0} B'),
  };
}

/** The profiles of `onehop load`. */
export function loadProfiles(): readonly { readonly name: string; readonly summary: string }[] {
  return [
    { name: 'steady', summary: vscode.l10n.t('even, one in ten of the user jason') },
    { name: 'spike', summary: vscode.l10n.t('eight times as much for 5 of every 15 seconds') },
    { name: 'canary', summary: vscode.l10n.t('even, all alike: shows the shares of a weighted route') },
    { name: 'errors', summary: vscode.l10n.t('one in five fails') },
  ];
}

/** `12 s · 50 req/s · 200: 540, 404: 60` */
export function loadText({ running, last }: LoadState): string {
  if (last === undefined) return running ? vscode.l10n.t('starting') : vscode.l10n.t('The load has ended.');
  const { elapsedMs, rate, byStatus, errors, skipped } = last;
  const answers = Object.entries(byStatus).map(([code, n]) => `${code}: ${n}`);
  return [
    ...(running ? [] : [vscode.l10n.t('ended')]),
    `${Math.round(elapsedMs / 1_000)} s`,
    ...(running ? [vscode.l10n.t('{0} req/s', threeDigits(rate))] : []),
    answers.join(', '),
    ...(errors > 0 ? [vscode.l10n.t('no answer: {0}', errors)] : []),
    ...(skipped > 0 ? [vscode.l10n.t('not sent in time: {0}', skipped)] : []),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
