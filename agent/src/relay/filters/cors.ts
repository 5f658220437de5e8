/** Answers preflights, and tells browsers which answers they may read: Envoy's CorsFilter. */
import { textMatches } from '@onehop/core/evaluate/conditions.js';
import type { HeaderLine } from '@onehop/core/evaluate/headerChanges.js';
import { octetsOf, valuesOf } from '@onehop/core/evaluate/request.js';
import type { CorsConfig } from '@onehop/core/routing/filters/model.js';
import { isDrawn, type Filter, type FilterSettings, type FilterTurn } from './filter.js';

type Policy = NonNullable<CorsConfig['policy']>;

export const cors: Filter<CorsConfig> = {
  request(settings, { context: { request }, cluster, random }): FilterTurn {
    const policies = policiesOf(settings);
    const [first] = policies;
    const [origin = ''] = valuesOf(request, 'origin');
    // of routes that answer by themselves it knows nothing
    if (first === undefined || cluster === undefined || !isDrawn(first.enabled, random())) return {};
    if (origin === '') return {};
    const allowed = firstOf(policies, ({ origins }) => origins.length > 0)?.origins.some(
      (one) => textMatches(one, '*') || textMatches(one, origin),
    );
    const credentials = firstOf(policies, (one) => one.credentials !== undefined)?.credentials === true;
    const allowOrigin: HeaderLine[] = allowed === true ? [['access-control-allow-origin', origin]] : [];
    const allowCredentials: HeaderLine[] = credentials ? [['access-control-allow-credentials', 'true']] : [];
    const expose = textOf(policies, 'expose');
    const told: HeaderLine[] =
      allowed === true
        ? [
            ...allowOrigin,
            ...allowCredentials,
            ...(expose === '' ? [] : ([['access-control-expose-headers', expose]] as const)),
          ]
        : [];
    const response = { response: (lines: readonly HeaderLine[]) => withLines(lines, told) };
    const [wanted = ''] = valuesOf(request, 'access-control-request-method');
    if (request.method !== 'OPTIONS' || wanted === '') return response;
    const forward = firstOf(policies, (one) => one.forwardOthers !== undefined)?.forwardOthers ?? true;
    if (allowed !== true && forward) return response;

    const headers: HeaderLine[] = [...allowOrigin, ...allowCredentials];
    const put = (name: string, value: string): void => {
      if (value !== '') headers.push([name, value]);
    };
    const methods = textOf(policies, 'methods');
    put('access-control-allow-methods', methods === '*' ? wanted : methods);
    const names = textOf(policies, 'headers');
    const [wantedHeaders = ''] = valuesOf(request, 'access-control-request-headers');
    if (names === '*') headers.push(['access-control-allow-headers', wantedHeaders]);
    else put('access-control-allow-headers', names);
    put('access-control-max-age', textOf(policies, 'maxAge'));
    const network = firstOf(policies, (one) => one.privateNetwork !== undefined)?.privateNetwork === true;
    const [asksNetwork] = valuesOf(request, 'access-control-request-private-network');
    if (network && asksNetwork === 'true') put('access-control-allow-private-network', 'true');
    return { ...response, reply: { status: 200, body: '', headers } };
  },
};

/** Of all levels, the most specific first: each says what those before it do not. */
function policiesOf({ ofRoute }: FilterSettings<CorsConfig>): Policy[] {
  return ofRoute.flatMap((one) => (one.kind === 'cors' && one.policy !== undefined ? [one.policy] : []));
}

function firstOf(policies: readonly Policy[], says: (policy: Policy) => boolean): Policy | undefined {
  return policies.find(says);
}

function textOf(policies: readonly Policy[], field: 'methods' | 'headers' | 'expose' | 'maxAge'): string {
  return octetsOf(firstOf(policies, (one) => one[field] !== '')?.[field] ?? '');
}

/** In place of those of the same names. */
function withLines(lines: readonly HeaderLine[], own: readonly HeaderLine[]): readonly HeaderLine[] {
  const names = own.map(([name]) => name);
  return [...lines.filter(([name]) => !names.includes(name.toLowerCase())), ...own];
}
