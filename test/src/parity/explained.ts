/** The same decisions from the text of a file, by the wasm build of the router: no lab, no traffic. */
import type { Allocation } from '@onehop/core/compile/allocate.js';
import { retire } from '@onehop/core/compile/allocate.js';
import { planGeneration } from '@onehop/core/compile/plan.js';
import { nameDecision } from '@onehop/core/decision/name.js';
import { formatDiagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import type { XdsResource } from '@onehop/core/resources/model.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import { parseIp } from '@onehop/core/wire/ip.js';
import { reasonName } from '@onehop/core/wire/reasons.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { KernelBuild, WasmBuild } from '../router/builds.js';

export interface Explained {
  /** "" when the decision did not get that far. */
  readonly route: string;
  readonly cluster: string;
  /** Name of bpf/lib/reasons.h: why there is no endpoint; "none" when there is one. */
  readonly stopped: string;
}

export class ExplainedBatch {
  readonly #kernel = new KernelBuild();
  #wasm: WasmBuild | undefined;
  #allocation: Allocation | undefined;

  /** Validates, compiles and puts in force; throws what the validator has against it. */
  async configure(resources: readonly XdsResource[]): Promise<void> {
    const all = resources.map(({ typeUrl, value }) => ({ '@type': typeUrl, ...value }));
    const text = JSON.stringify({ resources: all }, undefined, 1);
    const { set, problems } = validateFiles([{ path: 'batch.json', text }]);
    const error = problems.find(({ severity }) => severity === 'error');
    if (error !== undefined)
      throw new Error(
        `${formatDiagnostic(error)}\n${text
          .split('\n')
          .slice(error.range.start.line - 8, error.range.start.line + 3)
          .join('\n')}`,
      );
    const { limits, btf } = this.#kernel;
    this.#wasm ??= await WasmBuild.load(btf);
    const { model } = buildRouting(set);
    const planned = planGeneration({ previous: this.#allocation, model, limits, codec: structCodec(btf) });
    if (!planned.ok) throw new Error(planned.problems.map(({ message }) => message).join('\n'));
    this.#wasm.apply(planned.plan);
    this.#allocation = retire(planned.plan.allocation, planned.plan.generation, {});
  }

  ask(address: string, port: number, head: Uint8Array): Explained {
    const ip = parseIp(address);
    const [answer] = ip === undefined ? [] : (this.#wasm?.ask([{ ip, port, head }]) ?? []);
    if (answer === undefined || this.#allocation === undefined) throw new Error('there is no configuration');
    const { route, cluster } = nameDecision(this.#allocation, answer.decision);
    return { route, cluster, stopped: reasonName(answer.stopped) };
  }

  close(): void {
    this.#kernel.close();
    this.#wasm?.close();
  }
}
