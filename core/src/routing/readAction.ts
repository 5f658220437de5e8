import { decodeBase64 } from '../envoy/base64.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import { numberOf, objectOf, textOf } from './fields.js';
import type { MissingCluster, Redirect, RouteAction } from './model.js';
import { readPathRewrite } from './readChanges.js';
import { readSplit } from './readSplit.js';
import type { Reading } from './reading.js';

/** What a route at `path` does; undefined, with a problem, when it does nothing. */
export function readAction(
  reading: Reading,
  value: JsonObject,
  path: FieldPath,
  bodyMax: number,
): RouteAction | undefined {
  if (value['route'] !== undefined) return readRoute(reading, objectOf(value['route']), [...path, 'route']);
  if (value['redirect'] !== undefined)
    return readRedirect(reading, objectOf(value['redirect']), [...path, 'redirect']);
  if (value['directResponse'] !== undefined)
    return readDirectResponse(
      reading,
      objectOf(value['directResponse']),
      [...path, 'directResponse'],
      bodyMax,
    );
  reading.error(
    'bad-match',
    path,
    'The route does nothing.',
    'Set route with a cluster, redirect or direct_response.',
  );
  return undefined;
}

const MISSING: Readonly<Record<string, MissingCluster>> = { NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 };

function readRoute(reading: Reading, route: JsonObject, path: FieldPath): RouteAction | undefined {
  const missing = MISSING[textOf(route['clusterNotFoundResponseCode']) ?? ''] ?? 503;
  const header = textOf(route['clusterHeader']) ?? '';
  if (header !== '') {
    if (objectOf(objectOf(route['metadataMatch'])['filterMetadata'])['envoy.lb'] === undefined)
      return { kind: 'clusterHeader', header: header.toLowerCase(), missing };
    reading.error(
      'not-supported',
      [...path, 'metadataMatch'],
      'OneHop does not choose endpoints by metadata in a cluster that a header names.',
      'Leave metadata_match out, or name the cluster.',
    );
    return undefined;
  }
  const split = readSplit(reading, route, path);
  return split && { kind: 'clusters', split, missing };
}

const REDIRECTS: Readonly<Record<string, Redirect['status']>> = {
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

function readRedirect(reading: Reading, redirect: JsonObject, path: FieldPath): RouteAction {
  const scheme = redirect['httpsRedirect'] === true ? 'https' : (textOf(redirect['schemeRedirect']) ?? '');
  const host = textOf(redirect['hostRedirect']) ?? '';
  const port = numberOf(redirect['portRedirect']) ?? 0;
  const pathRedirect = textOf(redirect['pathRedirect']) ?? '';
  const rewrite = readPathRewrite(reading, redirect, path);
  return {
    kind: 'redirect',
    status: REDIRECTS[textOf(redirect['responseCode']) ?? ''] ?? 301,
    ...(scheme === '' ? {} : { scheme }),
    ...(host === '' ? {} : { host }),
    ...(port === 0 ? {} : { port }),
    ...(pathRedirect === '' ? {} : { path: pathRedirect }),
    ...(rewrite === undefined ? {} : { rewrite }),
    stripQuery: redirect['stripQuery'] === true,
  };
}

function readDirectResponse(
  reading: Reading,
  response: JsonObject,
  path: FieldPath,
  bodyMax: number,
): RouteAction | undefined {
  const status = numberOf(response['status']) ?? 0;
  const body = response['body'] === undefined ? new Uint8Array() : readBody(objectOf(response['body']));
  if (status < 200 || status > 599)
    reading.error(
      'bad-response',
      [...path, 'status'],
      `Status ${status} is not between 200 and 599.`,
      'Set status.',
    );
  else if (body === undefined)
    reading.error('bad-response', [...path, 'body'], 'The body is missing.', 'Set inline_string.');
  else if (body.length > bodyMax)
    reading.error(
      'bad-response',
      [...path, 'body'],
      `The body has ${body.length} bytes; at most ${bodyMax} are allowed.`,
      'Raise max_direct_response_body_size_bytes of the route configuration.',
    );
  else return { kind: 'directResponse', status, body };
  return undefined;
}

function readBody(body: JsonObject): Uint8Array | undefined {
  const text = textOf(body['inlineString']);
  if (text !== undefined) return new TextEncoder().encode(text);
  const bytes = textOf(body['inlineBytes']);
  return bytes === undefined ? undefined : decodeBase64(bytes);
}
