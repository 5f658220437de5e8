/** Asks the wasm build of the datapath's router where requests go under a configuration that is in force nowhere. */
import type { ExplainRequest } from '../api/agent.generated.js';
import type { Btf } from '../btf/decode.js';
import { CONFIG_MAPS, type MapLimits } from '../compile/limits.js';
import { compileOffline } from '../offline/compiled.js';
import { OfflineRouter } from '../offline/router.js';
import type { XdsSet } from '../resources/model.js';
import { routeRows } from '../routing/rows.js';
import type { NamedAddresses } from './destination.js';
import { askKernel } from './kernel.js';
import type { AskRoute } from './model.js';

export interface OfflineInput {
  readonly set: XdsSet;
  /** The bytes of router.wasm, and the BTF of the same build. */
  readonly module: Uint8Array;
  readonly btf: Btf;
  /** Services and workloads of the lab; empty: names are those of listeners. */
  readonly names: readonly NamedAddresses[];
}

/** Rejects with an Error for a set that cannot be compiled. */
export async function askOffline({ set, module, btf, names }: OfflineInput): Promise<AskRoute> {
  const generation = compileOffline(set, LIMITS);
  if ('problems' in generation)
    throw new Error(`The configuration cannot be compiled: ${generation.problems[0]?.message ?? ''}`);
  // Any seed does: weights are read, not drawn.
  const router = await OfflineRouter.load(module, btf, generation, 1n);
  const rows = routeRows(generation.model);
  const agent = {
    routes: () => Promise.resolve({ rows }),
    explain: ({ address, port, method, target, headers }: ExplainRequest) => {
      const pairs = headers.map(({ name, value }) => [name, value] as const);
      const host = pairs.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
      return Promise.resolve(
        router.explain({ address, port, request: { method, target, host, headers: pairs } }),
      );
    },
  };
  return askKernel(() => agent, names);
}

/** Far above what a configuration of a person has. */
const LIMITS = Object.fromEntries(CONFIG_MAPS.map((name) => [name, 1 << 20])) as unknown as MapLimits;
