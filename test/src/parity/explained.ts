/** The same decisions from the text of a file, as `onehop xds explain` tells them: no lab, no traffic. */
import { formatDiagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import { compileOffline } from '@onehop/core/offline/compiled.js';
import { OfflineRouter } from '@onehop/core/offline/router.js';
import type { XdsResource } from '@onehop/core/resources/model.js';
import { readDatapath } from '@onehop/lab/cli/datapathFiles.js';
import type { ParityRequest } from './requests.js';

export interface Explained {
  /** "" when the decision did not get that far. */
  readonly route: string;
  readonly cluster: string;
  /** "" when nobody is asked. */
  readonly endpoint: string;
}

export class ExplainedBatch {
  readonly #datapath = readDatapath();
  #router: OfflineRouter | undefined;

  /** Validates, compiles and puts in force; throws what is wrong with the resources. */
  async configure(resources: readonly XdsResource[]): Promise<void> {
    const all = resources.map(({ typeUrl, value }) => ({ '@type': typeUrl, ...value }));
    const text = JSON.stringify({ resources: all }, undefined, 1);
    const { set, problems } = validateFiles([{ path: 'batch.json', text }]);
    const error = problems.find(({ severity }) => severity === 'error');
    if (error !== undefined) {
      const { line } = error.range.start;
      const lines = text.split('\n').slice(Math.max(line - 8, 0), line + 3);
      throw new Error(`${formatDiagnostic(error)}\n${lines.join('\n')}`);
    }
    const { router, btf, limits } = this.#datapath;
    const generation = compileOffline(set, limits);
    if ('problems' in generation)
      throw new Error(generation.problems.map(({ message }) => message).join('\n'));
    this.#router = await OfflineRouter.load(router, btf, generation, 7n);
  }

  ask(address: string, port: number, { method, target, host, headers, body }: ParityRequest): Explained {
    if (this.#router === undefined) throw new Error('there is no configuration');
    const length = body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body))] as const];
    const request = { method, target, host, headers: [['Host', host] as const, ...headers, ...length] };
    const { route, cluster, endpoint } = this.#router.explain({ address, port, request });
    return { route, cluster, endpoint };
  }
}
