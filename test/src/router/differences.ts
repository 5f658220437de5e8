/**
 * Heads that the kernel leaves to the relay and llhttp takes: the list of docs/http-heads.md. What fits none of these is a
 * defect of one of the two parsers.
 */
import { reasonName } from '@onehop/core/wire/reasons.js';

export interface Difference {
  /** The words of docs/http-heads.md. */
  readonly title: string;
  /** Name of the reason in events and counters. */
  readonly reason: string;
  readonly fits: (head: Head) => boolean;
}

/** A head as text, one character a byte. */
export interface Head {
  readonly text: string;
  readonly line: string;
  readonly target: string;
  readonly version: string;
  readonly hosts: readonly string[];
  /** Values by lower-case name, without blanks around them. */
  readonly values: (name: string) => readonly string[];
  /** Values with the blanks behind them. */
  readonly raw: readonly (readonly [name: string, value: string])[];
}

const plainMethod = /^(GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|TRACE) /;

export const differences: readonly Difference[] = [
  { title: 'HTTP/1.0', reason: 'http10', fits: ({ version }) => version === 'HTTP/1.0' },
  {
    title: 'Connection: close',
    reason: 'http10',
    fits: ({ values }) => [...values('connection'), ...values('proxy-connection')].some(isText('close')),
  },
  { title: 'Expect', reason: 'expect', fits: ({ values }) => values('expect').length > 0 },
  { title: 'CONNECT', reason: 'upgrade', fits: ({ line }) => line.startsWith('CONNECT ') },
  { title: 'Upgrade', reason: 'upgrade', fits: ({ values }) => values('upgrade').length > 0 },
  {
    title: 'Transfer-Encoding',
    reason: 'request-chunked',
    fits: ({ values }) => values('transfer-encoding').length > 0,
  },
  {
    title: 'A body over the budget',
    reason: 'request-large',
    fits: ({ values }) => values('content-length').length > 0,
  },
  { title: 'More than 4,096 bytes', reason: 'head-too-long', fits: ({ text }) => text.length >= 4096 },
  { title: 'More than 64 headers', reason: 'head-complex', fits: ({ raw }) => raw.length > 64 },
  {
    title: 'A method other than GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS and TRACE',
    reason: 'head-complex',
    fits: ({ line }) => !plainMethod.test(line),
  },
  {
    title: 'A target that is no absolute path, or has a fragment',
    reason: 'head-complex',
    fits: ({ target }) => !target.startsWith('/') || target.includes('#'),
  },
  {
    title: 'A Host with other characters than names and addresses have, or more than 128 of them',
    reason: 'head-complex',
    fits: ({ hosts }) => hosts.some((host) => !/^[-\w.:[\]]{0,128}$/.test(host)),
  },
  {
    title: 'Connection with anything but keep-alive or close',
    reason: 'head-complex',
    fits: ({ values }) =>
      [...values('connection'), ...values('proxy-connection')].some(
        (value) => !isText('keep-alive')(value) && !isText('close')(value),
      ),
  },
  {
    title: 'More than 16 blanks behind a value, or any behind Content-Length',
    reason: 'head-complex',
    fits: ({ raw }) =>
      raw.some(([name, value]) =>
        isText('content-length')(name) ? /[ \t]$/.test(value) : /[ \t]{17}$/.test(value),
      ),
  },
  { title: 'No Host', reason: 'head-bad', fits: ({ hosts }) => hosts.length === 0 },
  { title: 'More than one Host', reason: 'head-bad', fits: ({ hosts }) => hosts.length > 1 },
  {
    title: 'A request line without HTTP/1.1 or HTTP/1.0 (HTTP/0.9, HTTP/2.0)',
    reason: 'head-bad',
    fits: ({ version }) => version !== 'HTTP/1.1' && version !== 'HTTP/1.0',
  },
  {
    title: 'Empty lines before the request line',
    reason: 'head-bad',
    fits: ({ text }) => /^[\r\n]/.test(text),
  },
  {
    title: 'More than one blank before the target',
    reason: 'head-bad',
    fits: ({ line }) => /^\S+  /.test(line),
  },
  {
    title: 'A Content-Length of more than 18 digits',
    reason: 'head-bad',
    fits: ({ values }) => values('content-length').some((value) => value.length > 18),
  },
];

/** The entries of the list that a head fits. */
export function differencesOf(reason: number, bytes: Uint8Array): Difference[] {
  const head = headOf(bytes);
  return differences.filter((one) => one.reason === reasonName(reason) && one.fits(head));
}

function headOf(bytes: Uint8Array): Head {
  const text = Buffer.from(bytes).toString('latin1');
  const [line = '', ...lines] = text.split('\r\n\r\n')[0]?.split('\r\n') ?? [];
  const raw = lines.map((one) => {
    const colon = one.indexOf(':');
    return [one.slice(0, colon), one.slice(colon + 1).replace(/^[ \t]+/, '')] as const;
  });
  const values = (name: string): string[] =>
    raw.filter(([one]) => isText(name)(one)).map(([, value]) => value.replace(/[ \t]+$/, ''));
  const [, target = '', version = ''] = line.split(' ');
  return { text, line, target, version, raw, values, hosts: values('host') };
}

function isText(text: string): (other: string) => boolean {
  return (other) => other.toLowerCase() === text;
}
