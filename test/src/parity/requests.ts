/** Requests at the edges of what a configuration matches on: most fulfil a route, or miss it by a little. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import type { Random } from '../router/random.js';
import { objectAt, objectsAt, textAt } from './json.js';
import type { RegexWords } from './randomRegexes.js';
import { path } from './routes.js';
import {
  cookieNames,
  headerNames,
  hosts,
  methods,
  pathRegexes,
  queryNames,
  valueRegexes,
  values,
} from './vocabulary.js';

export interface ParityRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  /** In order, without Host and Content-Length; a name may repeat. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export function bytesOf({ method, target, host, headers, body }: ParityRequest): Buffer {
  const lines = [
    ['Host', host],
    ...headers,
    ...(body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body))]]),
  ];
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}

export function randomRequest(random: Random, routes: JsonObject): ParityRequest {
  const virtualHost = random.pick(objectsAt(routes, 'virtualHosts'));
  const host = random.chance(0.85)
    ? hostFor(random, random.pick(virtualHost['domains'] as string[]))
    : random.pick(hosts);
  const route = random.pick(objectsAt(virtualHost, 'routes'));
  const match = objectAt(route, 'match');
  const draft = new Draft(random, host);
  draft.path(match);
  for (const header of objectsAt(match, 'headers')) draft.header(header);
  for (const parameter of objectsAt(match, 'queryParameters')) draft.query(parameter);
  for (const cookie of objectsAt(match, 'cookies')) draft.cookie(cookie);
  if (match['grpc'] !== undefined)
    draft.headers.push(['Content-Type', random.pick(['application/grpcx', 'text/plain'])]);
  const action = objectAt(route, 'route');
  for (const policy of objectsAt(action, 'hashPolicy')) draft.hash(policy);
  const naming = textAt(action, 'clusterHeader');
  if (naming !== undefined && random.chance(0.8)) draft.headers.push([naming, `cluster-${random.below(20)}`]);
  return draft.finish();
}

/** What is hashed: of all the lengths that the hash has cases for. */
const keys = Array.from({ length: 40 }, (_, n) =>
  'k3y-of-a-request_and-m0re'.repeat(6).slice(0, 1 + ((n * 7) % 140)),
);

class Draft {
  readonly headers: [string, string][] = [];
  private method: string;
  private text = '/';
  private readonly parameters: string[] = [];

  constructor(
    private readonly random: Random,
    private host: string,
  ) {
    this.method = random.chance(0.7) ? 'GET' : random.pick(methods);
  }

  path(match: JsonObject): void {
    const { random } = this;
    const wanted = textAt(match, 'path') ?? textAt(match, 'pathSeparatedPrefix') ?? textAt(match, 'prefix');
    const regex = textAt(objectAt(match, 'safeRegex'), 'regex');
    if (random.chance(0.05)) this.text = path(random);
    else if (regex !== undefined) this.text = regexText(random, regex, pathRegexes) || '/';
    else
      this.text = nearPath(
        random,
        wanted === undefined || wanted === '' || wanted === '/' ? path(random) : wanted,
      );
    if (!this.text.startsWith('/')) this.text = `/${this.text}`;
  }

  header(header: JsonObject): void {
    const { random } = this;
    const name = textAt(header, 'name') ?? '';
    const value = headerValue(random, header);
    switch (name.toLowerCase()) {
      case ':method':
        if (/^[A-Z]+$/.test(value) && (methods as readonly string[]).includes(value)) this.method = value;
        return;
      case ':authority':
      case 'host':
        if (/^[\w.:[\]-]+$/.test(value) && random.chance(0.6)) this.host = value;
        return;
      case ':path':
        if (/^[\w/?=.%-]+$/.test(value))
          this.text = random.pick([`${this.text}${value}`, value.startsWith('/') ? value : `/${value}`]);
        return;
      default:
        this.valueOf(name, value);
    }
  }

  query(parameter: JsonObject): void {
    const { random } = this;
    const name = textAt(parameter, 'name') ?? '';
    if (random.chance(0.12)) return;
    const value =
      'stringMatch' in parameter
        ? nearValue(random, stringText(random, objectAt(parameter, 'stringMatch')))
        : random.pick(['', '1', 'x']);
    const written = encodeURIComponent(value).replace(/%2C|%3B/g, (c) =>
      random.chance(0.5) ? decodeURIComponent(c) : c,
    );
    this.parameters.push(
      random.chance(0.1) ? name : `${random.chance(0.1) ? name.toUpperCase() : name}=${written}`,
    );
    if (random.chance(0.1)) this.parameters.push(`${name}=${random.pick(['1', '', 'x'])}`);
  }

  cookie(cookie: JsonObject): void {
    const { random } = this;
    if (random.chance(0.15)) return;
    const value = nearValue(random, stringText(random, objectAt(cookie, 'stringMatch'))).replace(
      /[;, "]/g,
      '',
    );
    const own = `${textAt(cookie, 'name') ?? ''}=${random.chance(0.1) ? `"${value}"` : value}`;
    const others = random.list(
      random.below(3),
      () => `${random.pick(cookieNames)}=${random.pick(['1', 'x'])}`,
    );
    const all = random.some([own, ...others], 4);
    this.headers.push(['Cookie', all.join(random.pick(['; ', '; ', ';']))]);
  }

  /** Gives the request what its route hashes. */
  hash(policy: JsonObject): void {
    const { random } = this;
    if (random.chance(0.2)) return;
    const value = random.pick(keys);
    const header = textAt(objectAt(policy, 'header'), 'headerName');
    const cookie = textAt(objectAt(policy, 'cookie'), 'name');
    const parameter = textAt(objectAt(policy, 'queryParameter'), 'name');
    if (header !== undefined && !header.startsWith(':')) this.headers.push([header, value]);
    if (cookie !== undefined) this.headers.push(['Cookie', `x=1; ${cookie}=${value}`]);
    if (parameter !== undefined) this.parameters.push(`${parameter}=${value}`);
  }

  finish(): ParityRequest {
    const { random } = this;
    if (random.chance(0.25)) this.valueOf(random.pick(headerNames), random.pick(values));
    if (random.chance(0.15))
      this.parameters.push(`${random.pick(queryNames)}=${random.pick(['1', 'jason', ''])}`);
    const query =
      this.parameters.length > 0
        ? `?${random.some(this.parameters, 9).join('&')}`
        : random.chance(0.05)
          ? random.pick(['?', '?a', '?&&', '?=', '?a=/api?b'])
          : '';
    const body =
      ['POST', 'PUT', 'PATCH'].includes(this.method) && random.chance(0.5)
        ? 'x'.repeat(random.between(1, 40))
        : '';
    const bare = this.method === 'POST' || this.method === 'PUT' || this.method === 'PATCH';
    return {
      method: this.method,
      target: `${this.text}${this.text.includes('?') ? query.replace('?', '&') : query}`,
      host: random.chance(0.1) ? anyCase(random, this.host) : this.host,
      headers: random.some(this.headers, this.headers.length),
      body: body === '' && bare ? 'x' : body,
    };
  }

  private valueOf(name: string, value: string): void {
    const { random } = this;
    if (random.chance(0.12)) return;
    this.headers.push([random.chance(0.3) ? anyCase(random, name) : name, value]);
    if (random.chance(0.08)) this.headers.push([name, random.pick(values)]);
  }
}

function hostFor(random: Random, domain: string): string {
  const words = ['a', 'b.a', 'x', 'api', 'reviews', ''];
  if (domain === '*') return random.pick(hosts);
  if (domain.startsWith('*')) return `${random.pick(words)}${domain.slice(1)}`;
  if (domain.endsWith('*'))
    return `${domain.slice(0, -1)}${random.pick([...words, '.com', ':80', 'example.com'])}`;
  return random.chance(0.8)
    ? domain
    : random.pick([
        `${domain}:80`,
        `${domain}:9080`,
        domain.replace(/:\d+$/, ''),
        `x${domain}`,
        `${domain}x`,
        `${domain}.`,
      ]);
}

function nearPath(random: Random, wanted: string): string {
  if (random.chance(0.45)) return wanted;
  return random.pick([
    () => `${wanted}/`,
    () => `${wanted}${path(random, 1)}`,
    () => `${wanted}x`,
    () => wanted.slice(0, -1),
    () => anyCase(random, wanted),
    () => `/${wanted}`,
    () => `${wanted}?`,
    () => `${wanted};p=1`,
    () => `${wanted}/../a`,
    () => wanted.replace(/[a-z]/, (c) => `%${c.charCodeAt(0).toString(16)}`),
    () => `${wanted}/?x=/`,
  ])();
}

function headerValue(random: Random, header: JsonObject): string {
  const range = objectAt(header, 'rangeMatch');
  if ('rangeMatch' in header) {
    const start = BigInt(textAt(range, 'start') ?? '0');
    const end = BigInt(textAt(range, 'end') ?? '0');
    return random.pick(
      [start, start - 1n, end, end - 1n, start + 1n]
        .map(String)
        .concat(['x', `${start}x`, `+${start}`, `0${start}`, '', `${start}.0`, '99999999999999999999']),
    );
  }
  const regex = textAt(objectAt(header, 'safeRegexMatch'), 'regex');
  if (regex !== undefined) return regexText(random, regex, valueRegexes);
  const old = ['exactMatch', 'prefixMatch', 'suffixMatch', 'containsMatch']
    .map((key) => textAt(header, key))
    .find((one) => one !== undefined);
  if (old !== undefined) return nearValue(random, old);
  if ('stringMatch' in header) return nearValue(random, stringText(random, objectAt(header, 'stringMatch')));
  return random.pick(values);
}

function stringText(random: Random, match: JsonObject): string {
  const regex = textAt(objectAt(match, 'safeRegex'), 'regex');
  if (regex !== undefined) return regexText(random, regex, valueRegexes);
  const more = random.pick(['', '', 'x', 'son']);
  const exact = textAt(match, 'exact');
  if (exact !== undefined) return exact;
  const prefix = textAt(match, 'prefix');
  if (prefix !== undefined) return `${prefix}${more}`;
  const suffix = textAt(match, 'suffix');
  if (suffix !== undefined) return `${more}${suffix}`;
  return `${more}${textAt(match, 'contains') ?? ''}${more}`;
}

function regexText(random: Random, regex: string, all: readonly RegexWords[]): string {
  const words = all.find((one) => one.regex === regex);
  if (words === undefined) return '';
  return random.pick(random.chance(0.65) || words.misses.length === 0 ? words.hits : words.misses);
}

function nearValue(random: Random, value: string): string {
  if (random.chance(0.6)) return value;
  return random
    .pick([
      `${value}x`,
      `x${value}`,
      value.slice(0, -1),
      value.slice(1),
      anyCase(random, value),
      '',
      `${value},${value}`,
      random.pick(values),
    ])
    .trim();
}

function anyCase(random: Random, text: string): string {
  return Array.from(text, (c) => (random.chance(0.5) ? c.toUpperCase() : c.toLowerCase())).join('');
}
