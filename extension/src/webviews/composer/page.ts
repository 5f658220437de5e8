/** The composer's page: a form, the answer with its decision, the history, the load. Talks by protocol.ts only. */
import type { RequestDraft, ResultView, StepView } from '../../requests/requestModel.js';
import { button, element, field, option, type Child } from './elements.js';
import type { ComposerState, FromPage, ToPage, Words } from './protocol.js';

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  getState(): Saved | undefined;
  setState(state: Saved): void;
};

interface Saved {
  readonly draft: RequestDraft;
  readonly result: ResultView | undefined;
}

const vscode = acquireVsCodeApi();
const words = JSON.parse(document.getElementById('words')?.textContent ?? '{}') as Words;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

const from = element('select', { id: 'from' });
const method = element('select', { id: 'method' }, ...methods.map((name) => option(name)));
const url = element('input', { id: 'url', type: 'text', spellcheck: 'false', autocomplete: 'off' });
const headers = element('textarea', {
  id: 'headers',
  rows: '2',
  spellcheck: 'false',
  placeholder: words.headersHint,
});
const body = element('textarea', { id: 'body', rows: '2', spellcheck: 'false' });
const send = button(words.send, () => post('send'), 'primary');
const ask = button(words.whatIf, () => post('ask'));
const cancel = button(words.cancel, () => vscode.postMessage({ type: 'cancel' }));
const notice = element('p', { class: 'notice', role: 'status' });
const startLab = button(words.startLab, () => vscode.postMessage({ type: 'startLab' }));
const answer = element('section', { class: 'answer', 'aria-live': 'polite' });
const history = element('ol', { class: 'history' });
const clear = button(words.clearHistory, () => vscode.postMessage({ type: 'clearHistory' }));
const profile = element('select', { id: 'profile' });
const rate = element('input', { id: 'rate', type: 'number', min: '1', max: '20000', value: '50' });
const startLoad = button(words.start, () =>
  vscode.postMessage({ type: 'startLoad', profile: profile.value, rate: Number(rate.value), draft: draft() }),
);
const stopLoad = button(words.stop, () => vscode.postMessage({ type: 'stopLoad' }));
const loadText = element('p', { class: 'load-text', role: 'status' });

let shown: ResultView | undefined;

document.body.append(
  element(
    'form',
    { class: 'request' },
    element(
      'div',
      { class: 'line' },
      field(words.from, from),
      field(words.method, method),
      field(words.url, url, 'grow'),
    ),
    element('div', { class: 'line' }, field(words.headers, headers, 'grow'), field(words.body, body, 'grow')),
    element('div', { class: 'line buttons' }, send, ask, cancel, startLab, notice),
  ),
  answer,
  section(
    words.load,
    element(
      'div',
      { class: 'line buttons' },
      field(words.profile, profile),
      field(words.rate, rate),
      startLoad,
      stopLoad,
    ),
    loadText,
  ),
  section(words.history, history, clear),
);
document.querySelector('form')?.addEventListener('submit', (event) => {
  event.preventDefault();
  if (!send.disabled) post('send');
});
document.addEventListener('input', save);
// The usual key of an editor for "run this".
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !send.disabled) post('send');
});
window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => take(data));

const saved = vscode.getState();
if (saved !== undefined) {
  fill(saved.draft);
  show(saved.result);
} else show(undefined);
vscode.postMessage({ type: 'ready' });

function take(message: ToPage): void {
  switch (message.type) {
    case 'state':
      return update(message.state);
    case 'draft':
      fill(message.draft);
      save();
      url.focus();
      return;
    case 'result':
      show(message.result);
      save();
      return;
    case 'failure':
      answer.replaceChildren(
        element('p', { class: 'failure', role: 'alert' }, `${message.message} ${message.hint}`),
      );
  }
}

function post(type: 'send' | 'ask'): void {
  vscode.postMessage({ type, draft: draft() });
}

function draft(): RequestDraft {
  return { from: from.value, method: method.value, url: url.value, headers: headers.value, body: body.value };
}

function fill(given: RequestDraft): void {
  choose(from, given.from);
  choose(method, given.method);
  url.value = given.url;
  headers.value = given.headers;
  body.value = given.body;
}

function save(): void {
  vscode.setState({ draft: draft(), result: shown });
}

function update(state: ComposerState): void {
  const kept = from.value;
  from.replaceChildren(...state.workloads.map((name) => option(name)));
  choose(from, kept || (state.workloads[0] ?? ''));
  send.disabled = ask.disabled = !state.running || state.busy;
  cancel.hidden = !state.busy;
  startLab.hidden = state.running;
  notice.textContent = state.busy ? words.sending : state.why;
  clear.hidden = state.history.length === 0;
  history.replaceChildren(
    ...(state.history.length === 0
      ? [element('li', { class: 'faint' }, words.noHistory)]
      : state.history.map((one) => element('li', {}, historyButton(one)))),
  );
  const chosen = profile.value;
  profile.replaceChildren(...state.profiles.map(({ name, summary }) => option(name, summary)));
  choose(profile, state.load?.profile ?? (chosen || (state.profiles[0]?.name ?? '')));
  const loading = state.load?.running === true;
  profile.disabled = rate.disabled = loading;
  startLoad.disabled = !state.running;
  startLoad.hidden = loading;
  stopLoad.hidden = !loading;
  loadText.textContent = state.load?.text ?? '';
}

function historyButton(result: ResultView): HTMLElement {
  const { draft: asked, status, path, kind } = result;
  const what = kind === 'asked' ? words.notSent : String(status || '–');
  const open = button(`${what} · ${asked.method} ${asked.url}${path === '' ? '' : ` · ${path}`}`, () => {
    fill(asked);
    show(result);
    save();
  });
  open.className = 'link';
  open.title = new Date(result.at).toLocaleString();
  return open;
}

function show(result: ResultView | undefined): void {
  shown = result;
  if (result === undefined) {
    answer.replaceChildren(heading(words.answer), element('p', { class: 'faint' }, words.noAnswer));
    return;
  }
  answer.replaceChildren(
    heading(words.answer),
    element('p', { class: 'outcome' }, ...outcome(result)),
    heading(words.decision),
    element('ol', { class: 'steps' }, ...result.steps.map(step)),
    ...(result.kind === 'sent' ? response(result) : []),
  );
}

function outcome({ kind, status, path, reason, durationUs, bodyBytes }: ResultView): Child[] {
  const parts = [
    path === '' ? undefined : reason === '' ? path : `${path}: ${reason}`,
    durationUs === null ? undefined : time(durationUs),
    kind === 'sent' ? words.bytes.replace('{0}', String(bodyBytes)) : words.notSent,
  ].filter((part) => part !== undefined);
  const code =
    status === 0 ? [] : [element('strong', { class: status >= 400 ? 'bad' : 'good' }, String(status)), ' · '];
  return [
    ...code,
    element('span', { class: `path-${path}` }, parts[0] ?? ''),
    ...parts.slice(1).map((part) => ` · ${part}`),
  ];
}

function step({ kind, name, ok, detail, source }: StepView): HTMLElement {
  const mark = element(
    'span',
    { class: ok ? 'mark good' : 'mark bad', 'aria-label': ok ? words.taken : words.notTaken },
    ok ? '✔' : '✖',
  );
  const what = element('span', { class: 'what' }, `${kind} ${name}`.trim());
  const place =
    source === null || source.place === ''
      ? ''
      : button(source.place, () => vscode.postMessage({ type: 'reveal', source }), 'link');
  return element('li', {}, mark, what, element('span', { class: 'detail' }, detail), place);
}

function response({ headers: list, body: text }: ResultView): HTMLElement[] {
  return [
    element(
      'details',
      {},
      element('summary', {}, words.responseHeaders),
      element('pre', {}, list.map(([name, value]) => `${name}: ${value}`).join('\n')),
    ),
    element('details', { open: '' }, element('summary', {}, words.responseBody), element('pre', {}, text)),
  ];
}

function section(title: string, ...children: Child[]): HTMLElement {
  return element('section', {}, heading(title), ...children);
}

function heading(text: string): HTMLElement {
  return element('h2', {}, text);
}

/** An option that is not there is added, so that nothing is chosen silently. */
function choose(select: HTMLSelectElement, value: string): void {
  if (value !== '' && ![...select.options].some((one) => one.value === value)) select.append(option(value));
  select.value = value;
}

function time(us: number): string {
  return us < 1_000 ? `${Number(us.toPrecision(3))} µs` : `${Number((us / 1_000).toPrecision(3))} ms`;
}
