import type { Event } from '@onehop/core/api/agent.generated.js';
import { dressPath, pathText } from './path.js';
import { displayWidth, printable, type Style } from './style.js';
import { count, duration } from './units.js';

/** One event on one line; columns line up as far as names allow. */
export function eventLine(event: Event, style: Style): string {
  const time = new Date(event.startUs / 1000).toISOString().slice(11, 23);
  const columns = [
    style('faint', time),
    fill(event.workload === '' ? event.client : event.workload, 16),
    dressPath(fill(pathText(event.path === '' ? null : event.path), 8), event.path, style),
    ...(event.type === 'request' ? requestColumns(event, style) : connectionColumns(event)),
    ...(event.reason === '' ? [] : [style('faint', `(${printable(event.reason)})`)]),
  ];
  return columns.join('  ').trimEnd();
}

/** Said when the stream lost events before this one. */
export function lostLine(event: Event, style: Style): string {
  return style('warning', `… ${count(event.lost, 'event')} lost on ${event.node}: this reader is too slow`);
}

function requestColumns(event: Event, style: Style): string[] {
  const tone = event.status === 0 || event.status >= 500 ? 'bad' : event.status >= 400 ? 'warning' : 'good';
  return [
    style(tone, event.status === 0 ? '  -' : String(event.status)),
    fill(duration(event.durationUs), 8),
    printable(`${event.method} ${event.host}${event.target}`),
    printable(chain([event.listener, event.virtualHost, event.route, event.cluster, event.endpoint])),
  ];
}

function connectionColumns(event: Event): string[] {
  return [
    event.type.padEnd(5),
    printable(`${event.client} → ${event.destination}`),
    printable(chain([event.listener, event.cluster, event.endpoint])),
  ];
}

function chain(names: readonly string[]): string {
  return names.filter((name) => name !== '').join(' › ');
}

function fill(text: string, width: number): string {
  const shown = printable(text);
  return shown + ' '.repeat(Math.max(0, width - displayWidth(shown)));
}
