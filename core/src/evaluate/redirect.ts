import type { PathRewrite, Redirect, RouteMatch } from '../routing/model.js';
import { replaceAll } from './regex.js';
import { octetsOf, pathOf, type RequestView } from './request.js';

/** The value of `location` (Http::Utility::newUri). */
export function redirectUri(redirect: Redirect, match: RouteMatch, request: RequestView): string {
  const scheme = octetsOf(redirect.scheme ?? '') || request.scheme;
  const port = redirect.port === undefined ? '' : `:${redirect.port}`;
  const host = redirect.host === undefined ? hostFor(request, scheme, port !== '') : octetsOf(redirect.host);
  return `${scheme}://${host}${port}${pathFor(redirect, match, request)}`;
}

/** The `location` that Envoy gives a direct response of that status; undefined: none. */
export function locationOf(status: number, { scheme, host, target }: RequestView): string | undefined {
  return status === 201 || (status >= 300 && status < 400) ? `${scheme}://${host}${target}` : undefined;
}

/** The request's host; its port goes when there is another, or when it was the one of the scheme that changes. */
function hostFor({ host, scheme: protocol }: RequestView, scheme: string, otherPort: boolean): string {
  const colon = host.startsWith('[') ? host.lastIndexOf(']:') + 1 : host.lastIndexOf(':');
  if (colon < 0 || (colon === 0 && host.startsWith('['))) return host;
  const port = host.slice(colon);
  const implied =
    scheme !== protocol &&
    ((protocol === 'https' && port === ':443') || (protocol === 'http' && port === ':80'));
  return otherPort || implied ? host.slice(0, colon) : host;
}

function pathFor(redirect: Redirect, match: RouteMatch, request: RequestView): string {
  const fixed = redirect.path === undefined ? undefined : octetsOf(redirect.path);
  const hasQuery = fixed?.includes('?') === true;
  let path: string;
  if (fixed === undefined) path = rewritePath(redirect.rewrite, match, request);
  else {
    const query = request.target.indexOf('?');
    path = hasQuery || query < 0 ? fixed : fixed + request.target.slice(query);
  }
  if (!path.startsWith('/')) path = `/${path}`;
  const query = path.indexOf('?');
  return redirect.stripQuery && !hasQuery && query >= 0 ? path.slice(0, query) : path;
}

/** The new :path, with the query as it was. */
export function rewritePath(
  rewrite: PathRewrite | undefined,
  match: RouteMatch,
  request: RequestView,
): string {
  if (rewrite === undefined) return request.target;
  const path = pathOf(request);
  const rest = request.target.slice(path.length);
  if (rewrite.kind === 'regex')
    return replaceAll(rewrite.pattern, path, octetsOf(rewrite.substitution)) + rest;
  return octetsOf(rewrite.value) + path.slice(matchedLength(match, path)) + rest;
}

/** Of the path, how much the route's path match has matched: all of it, but for prefixes. */
function matchedLength({ path: { kind, value } }: RouteMatch, path: string): number {
  if (kind === 'any') return 0;
  return kind === 'prefix' || kind === 'segments' ? octetsOf(value).length : path.length;
}
