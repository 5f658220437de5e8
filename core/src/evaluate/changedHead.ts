/** A request head as a route sends it on, for what is decided by it. */
import type { RouteChanges } from '../routing/model.js';
import type { IndexedRoute } from '../routing/routeIndex.js';
import { changeRequest } from './changes.js';
import type { RequestView } from './request.js';

export function changesRequest({ requestHeaders, host, path }: RouteChanges): boolean {
  return requestHeaders.length > 0 || host !== undefined || path !== undefined;
}

/** Of a request that nobody has sent: addresses and times that a value may name are not known. */
export function changedHead(
  changes: readonly RouteChanges[],
  { route, virtualHost }: IndexedRoute,
  request: RequestView,
): Uint8Array {
  const sent = changeRequest(changes, route.match, request.headers, {
    request,
    protocol: 'HTTP/1.1',
    downstream: '',
    local: '',
    route: route.given,
    virtualHost: virtualHost.name,
    startMs: 0,
  });
  const lines = [['host', sent.host], ...sent.headers].map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `${request.method} ${sent.target} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Uint8Array.from(text, (octet) => octet.charCodeAt(0));
}
