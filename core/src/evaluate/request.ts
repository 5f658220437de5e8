import { isJoined } from '../routing/joinedHeaders.js';

/** A request head as conditions and changes look at it. Texts are octets, one character each. */
export interface RequestView {
  readonly method: string;
  /** :path, with the query. */
  readonly target: string;
  /** :authority */
  readonly host: string;
  /** :scheme; of a connection without TLS "http", unless the client says otherwise in x-forwarded-proto. */
  readonly scheme: string;
  /** In order, without Host; names in lower case, and a name may repeat. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Reads a head that the router has read before: origin-form target, lines ended by CR LF, an empty line at the end. */
export function readRequest(head: Uint8Array): RequestView {
  const lines = octets(head).split('\r\n');
  const [method = '', target = ''] = (lines[0] ?? '').split(' ');
  const headers: (readonly [string, string])[] = [];
  let host = '';
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    if (name === 'host') host = value;
    else headers.push([name, value]);
  }
  return { method, target, host, scheme: schemeOf(headers), headers };
}

/** As Envoy's HTTP connection manager fills in :scheme. */
function schemeOf(headers: RequestView['headers']): string {
  const said = headers.find(([name]) => name === 'x-forwarded-proto')?.[1].toLowerCase();
  return said === 'https' ? 'https' : 'http';
}

/** :path without query and fragment. */
export function pathOf({ target }: RequestView): string {
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** Values of a header, pseudo headers included; none: it is missing. */
export function valuesOf(request: RequestView, name: string): readonly string[] {
  switch (name) {
    case ':method':
      return [request.method];
    case ':path':
      return [request.target];
    case ':authority':
    case 'host':
      return [request.host];
    case ':scheme':
      return [request.scheme];
  }
  const values = request.headers.filter(([one]) => one === name).map(([, value]) => value);
  // HeaderMapImpl::appendToHeader adds nothing for an empty value.
  if (values.length > 1 && isJoined(name)) return [values.filter((one) => one !== '').join(',')];
  // Envoy's HTTP connection manager adds it where it is missing.
  return values.length === 0 && name === 'x-forwarded-proto' ? [request.scheme] : values;
}

/** A parameter of the query: the first of that name, neither decoded (QueryParamsMulti::parseQueryString). */
export function queryParameter({ target }: RequestView, name: string): string | undefined {
  const at = target.indexOf('?');
  if (at < 0) return undefined;
  for (const parameter of target.slice(at + 1).split('&')) {
    const equals = parameter.indexOf('=');
    if (parameter !== '' && (equals < 0 ? parameter : parameter.slice(0, equals)) === name)
      return equals < 0 ? '' : parameter.slice(equals + 1);
  }
  return undefined;
}

/** Octets as text, one character each. */
export function octets(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return text;
}

/** The octets of a text of the configuration, which is UTF-8. */
export function octetsOf(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : octets(new TextEncoder().encode(text));
}
