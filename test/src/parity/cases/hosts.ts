/** What listeners take off the Host header. */
import { to, type ParityCase } from './case.js';

const hosts = [
  'a', 'a:80', 'a:11000', 'a.', 'a.:80', 'a..', '[::1]', '[::1]:80', 'a:x', 'a:', ':80', 'A:80', 'a:080', 'a:0000000000080', 'a:4294967376', '.', 'a.b.:1', 'a:80.', 'a.:80.', '',
]; // prettier-ignore

const stripping = (name: string, manager: NonNullable<ParityCase['manager']>): ParityCase => ({
  name,
  manager,
  routes: [
    {
      match: { prefix: '/', headers: [{ name: ':authority', stringMatch: { exact: 'a' } }] },
      directResponse: { status: 200, body: { inlineString: 'a' } },
    },
    to('/'),
  ],
  requests: hosts.map((host) => ({ target: '/', host })),
});

/** The first one has a port that is in `hosts`: see configurationOf. */
export const hostCases: readonly ParityCase[] = [
  stripping('matching port', { stripMatchingHostPort: true }),
  stripping('any port', { stripAnyHostPort: true }),
  stripping('dot', { stripTrailingHostDot: true }),
  stripping('dot and port', { stripTrailingHostDot: true, stripAnyHostPort: true }),
];
