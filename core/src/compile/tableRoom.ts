import type { JsonObject, ResourceProblem } from '../resources/model.js';
import type { ClusterNode, Source } from '../routing/model.js';
import { clusterPlaces } from './clusterRows.js';
import type { MapLimits } from './limits.js';

const KINDS = { ring: 'oh_ring', maglev: 'oh_maglev' } as const;
const WHAT = { ring: 'hash ring', maglev: 'Maglev table' } as const;
const HINT = {
  ring: 'Lower minimum_ring_size, or the weights that make the ring longer.',
  maglev: 'Leave table_size out for 65537, or give fewer clusters lb_policy MAGLEV.',
} as const;

/**
 * Room in the maps of consistent hashing, for all clusters together. What does not fit is refused before its table is made,
 * which takes time for each of its places.
 */
export class TableRoom {
  readonly #limits: MapLimits;
  readonly #taken = { ring: 0, maglev: 0 };

  constructor(limits: MapLimits) {
    this.#limits = limits;
  }

  /** Undefined: it fits, and the room is taken. */
  take(node: ClusterNode, criteria: JsonObject | undefined, at: Source): ResourceProblem | undefined {
    const { kind } = node.balance.policy;
    if (kind !== 'ringHash' && kind !== 'maglev') return undefined;
    const table = kind === 'ringHash' ? 'ring' : 'maglev';
    const places = clusterPlaces(node, criteria)[table];
    const most = this.#limits[KINDS[table]] - 1;
    const taken = this.#taken[table];
    if (taken + places <= most) {
      this.#taken[table] += places;
      return undefined;
    }
    return {
      ...at,
      rule: 'map-limit',
      severity: 'error',
      message: `The ${WHAT[table]} of cluster ${node.name} has ${places} places; the kernel's map ${KINDS[table]} has ${most} for all of them, and ${taken} are taken.`,
      hint: HINT[table],
    };
  }
}
