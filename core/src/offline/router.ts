/** Where a request would go by a configuration that is nowhere in force: the datapath's own router, built for wasm. */
import type { Explanation } from '../api/agent.generated.js';
import type { Btf } from '../btf/decode.js';
import type { AskedRequest } from '../decision/failure.js';
import { nameIds } from '../decision/name.js';
import { explainSteps, type ExplainedStep } from '../decision/steps.js';
import { explainRequest } from '../router/fullRouter.js';
import { modelInForce } from '../router/modelInForce.js';
import { WasmRouter } from '../router/wasmRouter.js';
import { sourceRow } from '../routing/rows.js';
import { formatAddress, parseIp } from '../wire/ip.js';
import { reasonId, reasonText } from '../wire/reasons.js';
import { oh_path } from '../wire/wire.generated.js';
import { keyBytes, type OfflineGeneration } from './compiled.js';

export interface OfflineQuestion {
  /** Where the connection goes to. */
  readonly address: string;
  readonly port: number;
  /** Well-formed; `headers` has Host. */
  readonly request: AskedRequest;
}

export class OfflineRouter {
  private constructor(
    private readonly router: WasmRouter,
    private readonly generation: OfflineGeneration,
  ) {}

  /** `module`: the bytes of router.wasm; `btf`: of the datapath object of the same build; `seed`: of what is drawn. */
  static async load(
    module: Uint8Array,
    btf: Btf,
    generation: OfflineGeneration,
    seed: bigint,
  ): Promise<OfflineRouter> {
    const router = await WasmRouter.load(module, btf, seed);
    for (const { map, key, value } of [...generation.plan.writes, generation.plan.flip])
      if (router.has(map) && !router.set(map, keyBytes(key), value))
        throw new Error(`the router's table ${map} is full`);
    return new OfflineRouter(router, generation);
  }

  /** As an agent answers that has this configuration in force, but for the map entries that it read. */
  explain({ address, port, request }: OfflineQuestion): Explanation {
    const ip = parseIp(address);
    if (ip === undefined) throw new TypeError(`${address} is no IP address`);
    const { model, plan } = this.generation;
    const { allocation } = plan;
    const inForce = modelInForce(model, allocation);
    const head = headOf(request);
    const { explanation, opaque, host } = explainRequest(this.router, inForce, { ip, port, head });
    const { decision, stopped } = explanation;
    const refused = explanation.refused || (opaque.length > 0 ? matchRelay : 0);
    const seen = host === undefined ? request : { ...request, host };
    const asked = { explanation, opaque, allocation, model, request: seen };
    const steps = explainSteps({ ...asked, address: formatAddress(address, port) });
    const ids = {
      generation: decision.gen,
      listener: decision.listener,
      virtualHost: decision.vhost,
      route: decision.route,
      cluster: decision.cluster,
      endpoint: decision.endpoint,
    };
    const cluster = allocation.entities.cluster.at(decision.cluster, decision.gen)?.row;
    return {
      ...outcomeOf({ ...explanation, refused }),
      ...nameIds(allocation, ids),
      steps: steps.map(stepRow),
      refused: reasonText(refused),
      draw: null,
      turn: decision.turn,
      endpoints: stopped === 0 ? (cluster?.endpoints.length ?? 0) : 0,
      generation: decision.gen,
      source: 'file',
      reads: [],
    };
  }
}

const matchRelay = reasonId('match-relay');

type Outcome = Pick<Explanation, 'path' | 'reason' | 'status'>;

function outcomeOf({ decision, stopped, refused }: ReturnType<WasmRouter['explain']>): Outcome {
  if (decision.listener === 0) return { path: '', reason: reasonText(reasonId('no-listener')), status: 0 };
  if (decision.path === oh_path.PATH_DIRECT)
    return { path: 'direct', reason: reasonText(decision.reason), status: 0 };
  if (stopped !== 0)
    return { path: 'relay', reason: reasonText(stopped), status: decision.status || statusOf(stopped) };
  const reason = refused || decision.reason;
  const isKernel = reason === 0 && decision.path === oh_path.PATH_KERNEL;
  return { path: isKernel ? 'kernel' : 'relay', reason: reasonText(reason), status: 0 };
}

/** As the relay answers what leads nowhere. */
function statusOf(stopped: number): number {
  return stopped === reasonId('no-vhost') || stopped === reasonId('no-route') ? 404 : 503;
}

function stepRow({ kind, name, ok, detail, source }: ExplainedStep): Explanation['steps'][number] {
  return { kind, name, ok, detail, source: source === undefined ? null : sourceRow(source) };
}

function headOf({ method, target, headers }: AskedRequest): Uint8Array {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
}
