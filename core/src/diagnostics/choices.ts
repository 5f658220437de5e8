/** Fields of which a message must have exactly one, where the protos do not say so and Envoy does. */
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import { shortName } from '../envoy/wording.js';
import type { Family, Finding } from './finding.js';

/** JSON names of the members, by message. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'envoy.config.route.v3.RouteAction.RequestMirrorPolicy': ['cluster', 'clusterHeader'],
  'envoy.extensions.transport_sockets.tls.v3.Secret': [
    'tlsCertificate',
    'sessionTicketKeys',
    'validationContext',
    'genericSecret',
  ],
};

/** Messages with none, or with more than one, of the members of such a choice. */
export const missingChoice: Family = {
  concerns: (_, { typeName }) => Object.hasOwn(CHOICES, typeName ?? ''),
  find: notOne,
};

function notOne({ field, value, path }: Visited): Finding | undefined {
  const type = field.typeName ?? '';
  const members = CHOICES[type];
  if (members === undefined || !isJsonObject(value)) return undefined;
  const set = members.filter((name) => value[name] !== undefined && value[name] !== '');
  if (set.length === 1) return undefined;
  const names = members.map((name) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)).join(', ');
  return {
    rule: 'oneof',
    severity: 'error',
    path,
    message: `${shortName(type)} needs exactly one of ${names}.`,
    hint: set.length === 0 ? 'Add one of them.' : 'Leave all but one of them out.',
  };
}
