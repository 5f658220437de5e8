/** What becomes of a request on its way to a cluster, and of the response on its way back. */
import type { HostRewrite, RouteChanges, RouteMatch } from '../routing/model.js';
import { changeHeaders, type HeaderLine } from './headerChanges.js';
import type { FormatContext } from './format.js';
import { rewritePath } from './redirect.js';
import { replaceAll } from './regex.js';
import { octetsOf, pathOf, valuesOf, type RequestView } from './request.js';

export interface ChangedRequest {
  readonly target: string;
  readonly host: string;
  /** Without Host. */
  readonly headers: readonly HeaderLine[];
}

/**
 * @param all in the order in which they are applied: of the share of a split, then of the route
 * @param headers of the request as they were sent, without Host
 */
export function changeRequest(
  all: readonly RouteChanges[],
  match: RouteMatch,
  headers: readonly HeaderLine[],
  context: FormatContext,
): ChangedRequest {
  let { request } = context;
  let lines = headers;
  for (const changes of all) {
    for (const level of changes.requestHeaders) {
      lines = changeHeaders(lines, level, { ...context, request });
      request = withHeaders(request, lines);
    }
    const host = changes.host && newHost(changes.host, request);
    if (host !== undefined) {
      if (changes.appendForwardedHost === true) lines = withForwardedHost(lines, request.host);
      request = { ...withHeaders(request, lines), host };
    }
    request = { ...request, target: rewritePath(changes.path, match, request) };
  }
  return { target: request.target, host: request.host, headers: lines };
}

/** @param headers of the response as they came */
export function changeResponse(
  all: readonly RouteChanges[],
  headers: readonly HeaderLine[],
  context: FormatContext,
): readonly HeaderLine[] {
  let lines = headers;
  for (const level of all.flatMap(({ responseHeaders }) => responseHeaders))
    lines = changeHeaders(lines, level, { ...context, responseHeaders: lowered(lines) });
  return lines;
}

function newHost(rewrite: HostRewrite, request: RequestView): string | undefined {
  switch (rewrite.kind) {
    case 'literal':
      return octetsOf(rewrite.value);
    case 'header':
      return valuesOf(request, rewrite.name)[0] || undefined;
    case 'path':
      return replaceAll(rewrite.pattern, pathOf(request), octetsOf(rewrite.substitution));
  }
}

/** Http::Utility::updateAuthority: only when it is not the last one there. */
function withForwardedHost(lines: readonly HeaderLine[], host: string): readonly HeaderLine[] {
  const name = 'x-forwarded-host';
  const at = lines.findIndex(([one]) => one.toLowerCase() === name);
  const line = lines[at];
  if (line === undefined) return [...lines, [name, host]];
  if (line[1].split(',').at(-1) === host) return lines;
  return lines.map((one, i) => (i === at ? [one[0], `${line[1]},${host}`] : one));
}

function withHeaders(request: RequestView, lines: readonly HeaderLine[]): RequestView {
  return { ...request, headers: lowered(lines) };
}

function lowered(lines: readonly HeaderLine[]): readonly HeaderLine[] {
  return lines.map(([name, value]) => [name.toLowerCase(), value]);
}
