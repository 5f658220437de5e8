import { STATUS_CODES } from 'node:http';
import { reasonId, reasonText } from '@onehop/core/wire/reasons.js';
import type { Asked, RequestResult } from '../request/result.js';
import { dressPath, pathText } from './path.js';
import { displayWidth, printable, type Style } from './style.js';
import { bytes, duration } from './units.js';

/** One request for people: what was sent, what came back, and the decision as a list that reads from top to bottom. */
export function decisionText(asked: Asked, result: RequestResult, style: Style): string {
  return [
    requestLine(asked, style),
    '',
    ...answerLines(result, style),
    '',
    ...stepLines(result, style),
    '',
  ].join('\n');
}

/** The route answers by itself: there is no cluster to go to. */
const directResponse = reasonText(reasonId('direct-response'));

/** At most so much of a text body is shown. */
const shownBytes = 2048;
const shownLines = 24;

function requestLine({ method, url, from, headers }: Asked, style: Style): string {
  const sent = headers.map(([name, value]) => `  ${printable(name)}: ${printable(value)}`).join('');
  return `${style('strong', `${method} ${printable(url)}`)}${sent}  ${style('faint', `from ${from}`)}`;
}

function answerLines(result: RequestResult, style: Style): string[] {
  const phrase = STATUS_CODES[result.status] ?? '';
  const tone = result.status < 400 ? 'good' : result.status < 500 ? 'warning' : 'bad';
  const type = result.headers['content-type'];
  const head = [style(tone, `${result.status} ${phrase}`.trimEnd()), type ?? '', bytes(result.bodyBytes)];
  const lines = [
    head
      .filter((part) => part !== '')
      .map((part, i) => (i === 0 ? part : printable(part)))
      .join('  '),
  ];
  return result.bodyBytes === 0 ? lines : [...lines, ...bodyLines(result)];
}

function bodyLines({ body, bodyEncoding, bodyBytes }: RequestResult): string[] {
  if (bodyEncoding === 'base64') return [`(binary body, ${bytes(bodyBytes)}; --json prints it as base64)`];
  const lines = body.slice(0, shownBytes).trimEnd().split(/\r?\n/);
  const shown = lines.slice(0, shownLines).map(printable);
  const whole = body.length <= shownBytes && lines.length <= shownLines;
  return whole ? shown : [...shown, '(cut; --json prints more)'];
}

function stepLines(result: RequestResult, style: Style): string[] {
  if (result.path === null && result.decisionMissing !== null)
    return [` ${style('warning', '?')} No decision to show: ${result.decisionMissing}.`];
  const steps = stepsOf(result);
  const reached = steps.findIndex(({ value }) => value === null);
  const shown = reached < 0 ? steps : steps.slice(0, reached + 1);
  const titleWidth = Math.max(...shown.map(({ title }) => title.length));
  const valueWidth = Math.max(...shown.map(({ value }) => displayWidth(printable(value ?? ''))));
  const lines = shown.map(({ title, value, note }) => {
    if (value === null)
      return ` ${style('bad', '✖')} ${title.padEnd(titleWidth)}  ${printable(result.reason ?? 'none')}`;
    const text = printable(value);
    const fill = ' '.repeat(valueWidth - displayWidth(text));
    const more = note === undefined ? '' : `${fill}  ${style('faint', printable(note))}`;
    return ` ${style('good', '✔')} ${title.padEnd(titleWidth)}  ${text}${more}`;
  });
  return [...lines, outcome(result, reached < 0, style)];
}

interface Step {
  readonly title: string;
  readonly value: string | null;
  readonly note?: string;
}

function stepsOf(result: RequestResult): Step[] {
  const listener = { title: 'listener', value: result.listener, ...noted(result.destination) };
  const endpoint = {
    title: 'endpoint',
    value: result.endpoint,
    ...noted(result.sameNode === true ? 'on this node' : null),
  };
  const cluster = { title: 'cluster', value: result.cluster };
  // A TCP listener goes from the listener to its cluster.
  if (result.virtualHost === null && result.cluster !== null) return [listener, cluster, endpoint];
  const steps = [
    listener,
    { title: 'virtual host', value: result.virtualHost },
    { title: 'route', value: result.route },
  ];
  // A route that answers by itself has no cluster.
  return result.cluster === null && result.route !== null && result.reason === directResponse
    ? steps
    : [...steps, cluster, endpoint];
}

function noted(note: string | null): { note?: string } {
  return note === null ? {} : { note };
}

function outcome(result: RequestResult, complete: boolean, style: Style): string {
  const path = dressPath(`${pathText(result.path)} path`, result.path, style);
  const because = complete && result.reason !== null ? [`because ${printable(result.reason)}`] : [];
  const time =
    result.durationUs === null
      ? [`${duration(result.clientDurationUs)} at the client`]
      : [duration(result.durationUs), style('faint', `(${duration(result.clientDurationUs)} at the client)`)];
  return ` → ${[path, ...because, time.join(' ')].join(', ')}`;
}
