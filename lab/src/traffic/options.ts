import { parseArgs } from 'node:util';
import type { RequestSpec } from './requestSpec.js';

/** A request spec with every default filled in, as the runner works on it. */
export interface RunnerOptions {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  readonly count: number;
  readonly connections: number;
  readonly gate: boolean;
  readonly quiet: boolean;
  readonly maxBody: number;
  readonly timeoutMs: number;
  readonly family: 4 | 6 | undefined;
}

/** Arguments that are not a request. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULTS = { method: 'GET', count: 1, connections: 1, maxBody: 65_536, timeoutMs: 10_000 } as const;

/** The runner's arguments for a spec. A body goes over its standard input, which comes before `go`. */
export function toArguments(spec: RequestSpec): string[] {
  const body = bodyBytes(spec.body);
  return [
    ...['--method', spec.method ?? DEFAULTS.method],
    ...(spec.headers ?? []).map(([name, value]) => `--header=${name}: ${value}`),
    ...(body === undefined ? [] : ['--body-bytes', String(body.length)]),
    ...['--count', String(spec.count ?? DEFAULTS.count)],
    ...['--connections', String(spec.connections ?? DEFAULTS.connections)],
    ...['--max-body', String(spec.maxBody ?? DEFAULTS.maxBody)],
    ...['--timeout-ms', String(spec.timeoutMs ?? DEFAULTS.timeoutMs)],
    ...(spec.family === undefined ? [] : ['--family', String(spec.family)]),
    ...(spec.gate ? ['--gate'] : []),
    ...(spec.quiet ? ['--quiet'] : []),
    ...['--', spec.url],
  ];
}

export function bodyBytes(body: string | Uint8Array | undefined): Buffer | undefined {
  return body === undefined ? undefined : Buffer.from(body);
}

/** Throws UsageError. The body is to be read from standard input when `bodyLength` is given. */
export function parseArguments(argv: readonly string[]): {
  options: Omit<RunnerOptions, 'body'>;
  bodyLength: number | undefined;
} {
  const { values, positionals } = parse(argv);
  const [target, ...more] = positionals;
  if (target === undefined || more.length > 0) throw new UsageError('give exactly one URL');
  const family = values.family === undefined ? undefined : number('family', values.family, 4, 6);
  if (family === 5) throw new UsageError('--family is 4 or 6');
  return {
    options: {
      url: httpUrl(target),
      method: values.method ?? DEFAULTS.method,
      headers: (values.header ?? []).map(headerOf),
      count: number('count', values.count, 1) ?? DEFAULTS.count,
      connections: number('connections', values.connections, 1, 10_000) ?? DEFAULTS.connections,
      gate: values.gate ?? false,
      quiet: values.quiet ?? false,
      maxBody: number('max-body', values['max-body'], 0) ?? DEFAULTS.maxBody,
      timeoutMs: number('timeout-ms', values['timeout-ms'], 1) ?? DEFAULTS.timeoutMs,
      family: family as 4 | 6 | undefined,
    },
    bodyLength: number('body-bytes', values['body-bytes'], 0),
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        method: text,
        header: { type: 'string', multiple: true },
        'body-bytes': text,
        count: text,
        connections: text,
        'max-body': text,
        'timeout-ms': text,
        family: text,
        gate: flag,
        quiet: flag,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function httpUrl(text: string): URL {
  if (!URL.canParse(text))
    throw new UsageError(`${text} is no URL; a service is asked as http://NAME:PORT/PATH`);
  const url = new URL(text);
  if (url.protocol !== 'http:') throw new UsageError(`${text}: only http: is sent from a workload`);
  return url;
}

function headerOf(text: string): [string, string] {
  const colon = text.indexOf(':', 1);
  if (colon < 0) throw new UsageError(`header "${text}" has no colon; write it as "name: value"`);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function number(
  name: string,
  text: string | undefined,
  low: number,
  high = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new UsageError(
    `--${name} is a whole number from ${low}${high < Number.MAX_SAFE_INTEGER ? ` to ${high}` : ''}, not ${text}`,
  );
}
