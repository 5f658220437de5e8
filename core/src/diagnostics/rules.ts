import { type RoutingRule, routingRules } from '../routing/rules.js';

/** The rules of authoring: what a file can have wrong before anything is made of it. Each has a page in docs/rules. */
const authoringRules = {
  syntax: 'The text is not YAML or JSON.',
  'duplicate-key': 'A mapping has a key twice.',
  'too-deep': 'The configuration is nested deeper than a message may be.',
  'not-xds': 'A document has no xDS resources.',
  'unknown-field': 'A message has no field of this name.',
  'duplicate-field': 'A field is there twice, in both of its spellings.',
  'wrong-type': 'A value is not of the type of its field.',
  'bad-enum': 'A value is not one of those of its enum.',
  'bad-duration': 'A value is not a duration such as "1.5s".',
  'bad-number': 'A value is not a number of the type of its field.',
  'bad-bytes': 'A value is not base64.',
  'bad-any': 'An Any does not say which message it holds.',
  'unknown-type': 'An "@type" names a message that is not known.',
  'bad-wire': 'Bytes are not the protobuf message that they should be.',
  oneof: 'A message has none, or more than one, of fields that exclude each other.',
  required: 'A field that a message needs is missing or empty.',
  'out-of-range': 'A number or duration is outside of the range of its field.',
  'bad-length': 'A text, list or mapping is shorter or longer than its field allows.',
  'bad-format': 'A text does not have the form that its field asks for.',
  'bad-value': 'A value is one that its field does not allow.',
  'not-unique': 'A list has an element twice.',
  'duplicate-name': 'Two resources of one type have the same name.',
  'dangling-cluster': 'A cluster is named that does not exist.',
  'dangling-route-config': 'A route configuration is named that does not exist.',
  'dangling-endpoints': 'A cluster takes its endpoints from EDS, and no ClusterLoadAssignment has its name.',
  'bad-regex': 'A regular expression is one that RE2, the engine of Envoy, refuses.',
  'bad-substitution': 'A text has a % command that Envoy does not know, or a % that begins none.',
  'bad-header': 'A header is changed that may not be changed.',
  'extension-type': 'An extension has no configuration, or that of another kind of extension.',
  'filter-order': 'A filter that ends its chain is not the last one, or nothing ends the chain.',
  'deprecated-field': 'A field is one that a later Envoy refuses.',
  'shadowed-route': 'An earlier route takes every request that a route would match.',
  'unreachable-route': 'The conditions of a route exclude each other.',
  'zero-weight': 'A cluster of a split has the weight 0: no request goes to it.',
  'unused-resource': 'Nothing refers to a resource.',
  'bad-suppression':
    'A comment that suppresses a rule has no reason, or names a rule that cannot be suppressed.',
  'unused-suppression': 'A comment suppresses a rule that has nothing to say there.',
} as const;

/** What only a topology (`*.lab.yaml`) can have wrong. */
const topologyRules = {
  'unknown-node': 'A workload is on a node that does not exist.',
  'duplicate-address': 'Two parts of a lab have the same address.',
  'outside-address': "An address is not of the lab's own network.",
} as const;

export type AuthoringRule = keyof typeof authoringRules;
export type TopologyRule = AuthoringRule | keyof typeof topologyRules | 'bad-address';
export type RuleId = AuthoringRule | TopologyRule | RoutingRule;

/** Every rule id with what it is about. */
export const RULES: Readonly<Record<RuleId, string>> = {
  ...authoringRules,
  ...topologyRules,
  ...routingRules,
};
