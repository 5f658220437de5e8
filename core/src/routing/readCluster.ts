import { parseDuration } from '../envoy/time.js';
import type { JsonObject } from '../resources/model.js';
import { objectOf, textOf } from './fields.js';
import type { ClusterNode, EndpointNode } from './model.js';
import { NO_ENDPOINTS, readAssignment, type AssignmentContent } from './readAssignment.js';
import type { Reading } from './reading.js';
import { readPolicy, type PolicyContent } from './readPolicy.js';

/** A Cluster resource, without the endpoints that come by EDS. */
export interface ClusterContent extends Pick<ClusterNode, 'name' | 'connectTimeoutMs' | 'source'> {
  readonly policy: PolicyContent;
  /** Name of the ClusterLoadAssignment that has its endpoints; absent: `assignment` has them. */
  readonly edsName?: string;
  readonly assignment: AssignmentContent;
}

/** envoy/config/cluster/v3/cluster.proto */
const DEFAULT_CONNECT_TIMEOUT = '5s';

/** A cluster; undefined when there is an error in it, which `reading` then has. */
export function readCluster(reading: Reading, value: JsonObject): ClusterContent | undefined {
  const type = textOf(value['type']) ?? 'STATIC';
  const eds = type === 'EDS';
  const name = reading.resource;
  checkEds(reading, value, type);
  const assignment = eds
    ? NO_ENDPOINTS
    : readAssignment(reading, objectOf(value['loadAssignment']), ['loadAssignment'], {
        // Envoy names those that it resolves.
        named: type === 'STRICT_DNS' || type === 'LOGICAL_DNS',
      });
  if (type === 'LOGICAL_DNS' && assignment?.endpoints.length !== 1) {
    reading.error(
      'bad-cluster',
      ['loadAssignment'],
      `A LOGICAL_DNS cluster has one endpoint, not ${assignment?.endpoints.length ?? 0}.`,
      'Use type STATIC or STRICT_DNS.',
    );
  }
  const connectTimeoutMs = readConnectTimeout(reading, value);
  const policy = readPolicy(reading, value);
  // Of endpoints that come by EDS buildRouting says so.
  const uneven = policy?.policy.kind === 'leastRequest' ? unevenOf(assignment) : undefined;
  if (uneven !== undefined) {
    reading.error(
      'not-supported',
      [...uneven.source.path, 'loadBalancingWeight'],
      'OneHop does not do least request with endpoints of different weights.',
      'Give all endpoints of a priority the same weight, or use lb_policy ROUND_ROBIN.',
    );
  }
  if (
    assignment === undefined ||
    policy === undefined ||
    reading.problems.some(({ severity }) => severity === 'error')
  )
    return undefined;
  return {
    name,
    connectTimeoutMs,
    policy,
    assignment,
    ...(eds ? { edsName: textOf(objectOf(value['edsClusterConfig'])['serviceName']) || name } : {}),
    source: reading.source([]),
  };
}

/** An endpoint with another weight than one before it in its priority. */
function unevenOf(assignment: AssignmentContent | undefined): EndpointNode | undefined {
  return assignment?.endpoints.find(({ priority, weight }, i, all) =>
    all.slice(0, i).some((one) => one.priority === priority && one.weight !== weight),
  );
}

function checkEds(reading: Reading, value: JsonObject, type: string): void {
  const config = value['edsClusterConfig'];
  if (type !== 'EDS') {
    if (config !== undefined)
      reading.error(
        'bad-cluster',
        ['edsClusterConfig'],
        `A cluster of type ${type} takes no endpoints from EDS.`,
        'Set type: EDS.',
      );
    return;
  }
  const source = objectOf(objectOf(config)['edsConfig']);
  if (source['ads'] === undefined && source['self'] === undefined) {
    reading.error(
      'bad-cluster',
      ['edsClusterConfig'],
      'The endpoints of the EDS cluster have no source.',
      'Set eds_config to ads: {}.',
    );
  }
  if (value['loadAssignment'] !== undefined) {
    reading.error(
      'bad-cluster',
      ['loadAssignment'],
      'An EDS cluster has no endpoints of its own.',
      'Leave it out, or set type: STATIC.',
    );
  }
}

function readConnectTimeout(reading: Reading, value: JsonObject): number {
  const nanos = parseDuration(textOf(value['connectTimeout']) ?? DEFAULT_CONNECT_TIMEOUT);
  if (nanos === undefined || nanos <= 0n) {
    reading.error(
      'bad-cluster',
      ['connectTimeout'],
      'The connect timeout must be above 0.',
      'Leave it out for 5s.',
    );
    return 0;
  }
  return Math.max(1, Number(nanos / 1_000_000n));
}
