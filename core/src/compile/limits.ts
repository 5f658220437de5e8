import type { ResourceProblem } from '../resources/model.js';
import type { Source } from '../routing/model.js';

/** The maps that configuration is written to. */
export const CONFIG_MAPS = [
  'oh_active',
  'oh_root',
  'oh_addr',
  'oh_listener',
  'oh_rconf',
  'oh_domain',
  'oh_wild',
  'oh_vhost',
  'oh_list',
  'oh_route',
  'oh_split',
  'oh_cluster',
  'oh_group',
  'oh_share',
  'oh_ring',
  'oh_maglev',
  'oh_hash',
  'oh_endpoint',
  'oh_str',
  'oh_regex',
  'oh_dfa',
] as const;
export type ConfigMap = (typeof CONFIG_MAPS)[number];

/** Maps of the datapath's own state that have an entry for each id of a configuration map. */
export const STATE_MAPS = [
  'oh_turn',
  'oh_load',
  'oh_relay_load',
  'oh_cluster_n',
  'oh_route_n',
  'oh_pool_stat',
  'oh_pools',
] as const;
export type StateMap = (typeof STATE_MAPS)[number];

/** max_entries of the maps. A state map that is left out limits nothing. */
export type MapLimits = Readonly<Record<ConfigMap, number> & Partial<Record<StateMap, number>>>;

/** "The route has 9 header conditions" is over OH_CONDS_MAX. */
export function limitProblem(source: Source, what: string, limit: string, max: number): ResourceProblem {
  return {
    ...source,
    rule: 'map-limit',
    severity: 'error',
    message: `${what}; the kernel's tables hold at most ${max} (${limit}).`,
    hint: 'Make it smaller, or split it up.',
  };
}

/** A map has no room for what `source` needs. */
export function fullProblem(source: Source, map: string, limit: number): ResourceProblem {
  return {
    ...source,
    rule: 'map-limit',
    severity: 'error',
    message: `The map ${map} is full: it has ${limit} entries, of which some are kept until the last generation is no longer read.`,
    hint: 'Make the configuration smaller, or try again.',
  };
}
