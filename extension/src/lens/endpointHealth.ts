/** How the endpoints of a cluster are: by the configuration, by the lab's processes, by what they answer. */
import { formatAddress } from '@onehop/core/wire/ip.js';
import type { ClusterNode } from '@onehop/core/routing/model.js';
import * as vscode from 'vscode';
import { endpointRates, threeDigits } from '../store/rates.js';
import type { State } from '../store/state.js';
import { translated } from '../translation/translated.js';

export interface EndpointHealth {
  /** `198.18.1.11:9080` */
  readonly address: string;
  /** The workload of the lab there; undefined: none of the lab's. */
  readonly workload: string | undefined;
  /** Its process has ended, so that nobody answers. */
  readonly hasEnded: boolean;
  /** In words: what the configuration says, what is there, what comes and fails. */
  readonly text: string;
}

export function endpointHealths(
  { endpoints, unusable }: Pick<ClusterNode, 'endpoints' | 'unusable'>,
  state: State,
): readonly EndpointHealth[] {
  const rates = endpointRates(state);
  return [...endpoints, ...unusable].map(({ ip, port, health }) => {
    const address = formatAddress(ip, port);
    const workload = state.lab.topology?.workloads.find(({ addresses }) => addresses.includes(ip))?.name;
    const process = state.lab.processes.find(({ kind, name }) => kind === 'workload' && name === workload);
    const hasEnded = process?.alive === false;
    const { requests = 0, errors = 0 } = rates.get(address) ?? {};
    const text = [
      address,
      ...(workload === undefined ? [] : [workload]),
      hasEnded ? vscode.l10n.t('has ended') : translated(health.toLowerCase().replaceAll('_', ' ')),
      ...(requests > 0 ? [vscode.l10n.t('{0} req/s', threeDigits(requests))] : []),
      ...(errors > 0 ? [vscode.l10n.t('{0} errors/s', threeDigits(errors))] : []),
    ].join(' · ');
    return { address, workload, hasEnded, text };
  });
}
