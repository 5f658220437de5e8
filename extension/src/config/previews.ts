import { readFile } from 'node:fs/promises';
import type * as vscode from 'vscode';
import type { State as ControlPlaneState } from '@onehop/core/api/controlplane.generated.js';
import type { JsonObject, XdsSet } from '@onehop/core/resources/model.js';
import type { Store } from '../store/store.js';
import type { BlastRadius, Side } from './blastRadius.js';
import type { Configuration } from './configuration.js';
import { sameAsServed } from './resourceStates.js';

/** Different requests that are asked about: the most frequent. */
const flowMax = 200;

/** What an apply would do, from the requests of the last minute. */
export type Preview =
  /** Nothing to say: no lab, errors in the files, or the files are in force. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'changes';
      readonly resources: number;
      readonly radius: BlastRadius;
      readonly seconds: number;
    };

/** Previews of the files against what is in force; the router is loaded when the first is asked for. */
export class Previews {
  /** What was compiled last, by what it was made from. */
  #inForce: { readonly version: string; readonly side: Promise<Side> } | undefined;
  #wanted: { readonly set: XdsSet; readonly side: Promise<Side> } | undefined;
  #router: Promise<Uint8Array> | undefined;

  constructor(
    private readonly store: Store,
    private readonly configuration: Configuration,
    private readonly extension: vscode.Uri,
  ) {}

  async preview(): Promise<Preview> {
    const served = this.store.state.controlPlane.state;
    const { set, hasErrors } = await this.configuration.read();
    if (served === undefined || served.version === '' || hasErrors || sameAsServed(set, served))
      return { kind: 'none' };
    const [{ blastRadius, mergeFlows }, resources] = await Promise.all([
      import('./blastRadius.js'),
      changedResources(set, served),
    ]);
    const { flows, seconds } = this.#flows();
    if (this.#inForce?.version !== served.version)
      this.#inForce = { version: served.version, side: this.#side(servedSet(served)) };
    if (this.#wanted?.set !== set) this.#wanted = { set, side: this.#side(Promise.resolve(set)) };
    const [inForce, wanted] = await Promise.all([this.#inForce.side, this.#wanted.side]);
    const radius = await blastRadius(mergeFlows(flows).slice(0, flowMax), inForce, wanted);
    return { kind: 'changes', resources, radius, seconds };
  }

  #flows() {
    const traffic = [...this.store.state.nodes.values()].map((node) => node.traffic);
    const seconds = Math.max(
      0,
      ...traffic.map((list) => ((list.at(-1)?.endUs ?? 0) - (list[0]?.startUs ?? 0)) / 1e6),
    );
    return { flows: traffic.flat().flatMap(({ flows }) => flows), seconds };
  }

  async #side(given: Promise<XdsSet>): Promise<Side> {
    this.#router ??= readFile(
      this.extension.with({ path: `${this.extension.path}/dist/data/router.wasm` }).fsPath,
    );
    const [set, module, { askOffline }, { decodeBtf }, { decodeBase64 }, { wireBtf }, { buildRouting }] =
      await Promise.all([
        given,
        this.#router,
        import('@onehop/core/routetests/offline.js'),
        import('@onehop/core/btf/decode.js'),
        import('@onehop/core/envoy/base64.js'),
        import('@onehop/core/wire/wire.generated.js'),
        import('@onehop/core/routing/build.js'),
      ]);
    const btf = decodeBtf(decodeBase64(wireBtf) ?? new Uint8Array());
    return { ask: await askOffline({ set, module, btf, names: [] }), model: buildRouting(set).model };
  }
}

async function servedSet({ resources }: ControlPlaneState): Promise<XdsSet> {
  const { xdsSetOf } = await import('@onehop/core/resources/model.js');
  return xdsSetOf(
    resources.map(({ typeUrl, name, json }) => ({ typeUrl, name, value: JSON.parse(json) as JsonObject })),
  );
}

/** How many resources an apply would add, change or remove. */
async function changedResources(set: XdsSet, served: ControlPlaneState): Promise<number> {
  const { standings } = await import('./resourceStates.js');
  const { rows, onlyServed } = standings({
    set,
    errors: new Map(),
    served,
    nodes: new Map(),
    rejections: [],
  });
  return rows.filter(({ standing }) => standing.kind === 'changed').length + onlyServed.length;
}
