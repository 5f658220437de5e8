import type { FormatPart } from '../routing/model.js';
import { octetsOf, pathOf, valuesOf, type RequestView } from './request.js';

/** What operators of a substitution format stand for; absent: not known, or not yet. */
export interface FormatContext {
  readonly request: RequestView;
  /** Names in lower case. */
  readonly responseHeaders?: readonly (readonly [name: string, value: string])[];
  readonly responseCode?: number;
  /** "HTTP/1.1" */
  readonly protocol: string;
  /** "198.18.0.1:4711" */
  readonly downstream: string;
  readonly local: string;
  readonly upstream?: string;
  readonly cluster?: string;
  readonly route?: string;
  readonly virtualHost?: string;
  /** ms since 1970 */
  readonly startMs: number;
}

/** The value, in octets; what is not known is left out, as Envoy does it in headers. */
export function formatValue(parts: readonly FormatPart[], context: FormatContext): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return octetsOf(part.text);
      const value = operatorValue(part, context) ?? '';
      return part.limit === undefined ? value : value.slice(0, part.limit);
    })
    .join('');
}

function operatorValue(
  { operator, name, otherwise }: Extract<FormatPart, { kind: 'operator' }>,
  context: FormatContext,
): string | undefined {
  const { request } = context;
  const first = (names: readonly string[], of: (name: string) => readonly string[]): string | undefined =>
    names.filter((one) => one !== '').flatMap((one) => of(one).slice(0, 1))[0];
  switch (operator) {
    case 'request-header':
      return first([name, otherwise], (one) => valuesOf(request, one));
    case 'response-header':
      return first([name, otherwise], (one) =>
        (context.responseHeaders ?? []).filter(([is]) => is === one).map(([, value]) => value),
      );
    case 'protocol':
      return context.protocol;
    case 'path':
      return pathOf(request);
    case 'downstream-address':
      return context.downstream;
    case 'downstream-ip':
      return split(context.downstream)[0];
    case 'downstream-port':
      return split(context.downstream)[1];
    case 'local-address':
      return context.local;
    case 'local-ip':
      return split(context.local)[0];
    case 'local-port':
      return split(context.local)[1];
    case 'upstream-host':
      return context.upstream;
    case 'upstream-cluster':
      return context.cluster;
    case 'route-name':
      return context.route;
    case 'virtual-host':
      return context.virtualHost;
    case 'response-code':
      return String(context.responseCode ?? 0);
    case 'start-time':
      return new Date(context.startMs).toISOString();
  }
}

/** "[fd00::1]:80" → "fd00::1", "80" */
function split(address: string): [ip: string, port: string] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), address.slice(colon + 1)];
}
