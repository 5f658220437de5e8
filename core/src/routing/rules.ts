/** The rule ids that `routing` and `compile` report, with what each is about. */
export const routingRules = {
  'not-supported':
    'The configuration asks for something that OneHop does not do. Nothing is ignored in silence, so it is refused.',
  'not-enforced':
    'OneHop accepts the field and does nothing with it; where the bytes go does not depend on it.',
  'in-relay': 'The listener or route runs in user space, in the agent, not in the kernel.',
  'bad-address': 'An address is no IP address, has no port, or is of a kind that OneHop cannot use.',
  'bad-weight': 'The weights of a split do not add up to something that can be drawn from.',
  'bad-match': 'A route match says nothing, or something that can never be compared.',
  'bad-cluster': 'The parts of a cluster contradict each other.',
  'bad-response': 'A direct response has a status or a body that Envoy would refuse.',
  'domain-conflict': 'Two virtual hosts of a route configuration have the same domain.',
  'address-conflict': 'Two listeners have the same address and port.',
  'any-address':
    'A listener on every IPv4 address also takes IPv6 connections to its port, and the other way round.',
  'unknown-cluster':
    'A route or listener names a cluster that does not exist: its requests are answered 503.',
  'missing-routes':
    'A listener waits for a route configuration that does not exist: it serves nothing until then.',
  'no-endpoints': 'A cluster has no endpoint: requests for it are answered 503.',
  panic: 'So few endpoints are healthy that requests go to all of them, as in Envoy.',
  'map-limit': 'The configuration is larger than what the maps of the datapath hold.',
} as const;

export type RoutingRule = keyof typeof routingRules;
