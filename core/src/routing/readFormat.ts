import type { FormatOperator, FormatPart } from './model.js';

/** Why a text is no substitution format that OneHop knows. */
export interface FormatFault {
  readonly kind: 'bad-match' | 'not-supported';
  /** Whole sentences. */
  readonly message: string;
  readonly hint: string;
}

/** Reads Envoy's substitution format: "%REQ(x-user)%", "%%" for a per cent sign. */
export function readFormat(text: string): readonly FormatPart[] | FormatFault {
  const parts: FormatPart[] = [];
  let literal = '';
  for (let at = 0; at < text.length;) {
    if (text[at] !== '%') {
      literal += text[at++];
      continue;
    }
    if (text[at + 1] === '%') {
      literal += '%';
      at += 2;
      continue;
    }
    const found = /^%([A-Z0-9_]+)(?:\(([^)]*)\))?(?::([0-9]+))?%/.exec(text.slice(at));
    if (found === null)
      return fault(
        'bad-match',
        `"${text}" has a "%" that begins no operator.`,
        'Write "%%" for the character.',
      );
    const [whole, name = '', argument, limit] = found;
    const operator = operatorOf(name, argument);
    if ('message' in operator) return operator;
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
    parts.push({ ...operator, ...(limit === undefined ? {} : { limit: Number(limit) }) });
    at += whole.length;
  }
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  return parts;
}

const WITH_HEADER: Readonly<Record<string, FormatOperator>> = {
  REQ: 'request-header',
  RESP: 'response-header',
};

const PLAIN: Readonly<Record<string, FormatOperator>> = {
  PROTOCOL: 'protocol',
  DOWNSTREAM_REMOTE_ADDRESS: 'downstream-address',
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: 'downstream-address',
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: 'downstream-ip',
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: 'downstream-ip',
  DOWNSTREAM_REMOTE_PORT: 'downstream-port',
  DOWNSTREAM_DIRECT_REMOTE_PORT: 'downstream-port',
  DOWNSTREAM_LOCAL_ADDRESS: 'local-address',
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: 'local-ip',
  DOWNSTREAM_LOCAL_PORT: 'local-port',
  UPSTREAM_HOST: 'upstream-host',
  UPSTREAM_REMOTE_ADDRESS: 'upstream-host',
  UPSTREAM_CLUSTER: 'upstream-cluster',
  ROUTE_NAME: 'route-name',
  VIRTUAL_HOST_NAME: 'virtual-host',
  RESPONSE_CODE: 'response-code',
  START_TIME: 'start-time',
};

function operatorOf(
  name: string,
  argument: string | undefined,
): Extract<FormatPart, { kind: 'operator' }> | FormatFault {
  const header = WITH_HEADER[name];
  if (header !== undefined) {
    const [first = '', otherwise = ''] = (argument ?? '').split('?');
    if (first === '') return fault('bad-match', `%${name}% names no header.`, `Write %${name}(x-header)%.`);
    return { kind: 'operator', operator: header, name: lower(first), otherwise: lower(otherwise) };
  }
  const operator = PLAIN[name];
  if (operator === undefined || argument !== undefined)
    return fault(
      'not-supported',
      `OneHop does not do the operator %${name}${argument === undefined ? '' : `(${argument})`}%.`,
      `The operators are ${[...Object.keys(WITH_HEADER).map((one) => `${one}(…)`), ...Object.keys(PLAIN)].join(', ')}.`,
    );
  return { kind: 'operator', operator, name: '', otherwise: '' };
}

function fault(kind: FormatFault['kind'], message: string, hint: string): FormatFault {
  return { kind, message, hint };
}

function lower(text: string): string {
  return text.toLowerCase();
}
