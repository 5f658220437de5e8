import * as vscode from 'vscode';
import type { Applier, ApplyOutcome } from './config/applier.js';
import type { Store } from './store/store.js';

/** What other extensions get from `activate`. A change that would break them raises `version`. */
export interface OneHopApi {
  readonly version: 1;
  /** The lab of this window, as it is now. */
  readonly lab: LabSummary;
  readonly onDidChangeLab: vscode.Event<LabSummary>;
  /** Makes the files of the workspace the configuration of the lab. Rejects when the control plane goes away. */
  apply(): Promise<ApplyOutcome>;
}

export interface LabSummary {
  readonly name: string;
  /** absent | starting | running | degraded | remains */
  readonly phase: string;
  /** Names of nodes and how this window stands to their agents: starting, connected, versionDiffers, lost, refused. */
  readonly nodes: Readonly<Record<string, string>>;
  /** The same of the lab's own control plane; "" when it has none. */
  readonly controlPlane: string;
  /** Version of the configuration that the control plane serves, or served last; "" before the first. */
  readonly configuration: string;
}

export function createApi(store: Store, applier: Applier, subscriptions: vscode.Disposable[]): OneHopApi {
  const changed = new vscode.EventEmitter<LabSummary>();
  let told = JSON.stringify(summary(store));
  const stop = store.onChange(() => {
    const now = summary(store);
    const text = JSON.stringify(now);
    if (text !== told) changed.fire(now);
    told = text;
  });
  subscriptions.push(changed, { dispose: stop });
  return {
    version: 1,
    get lab() {
      return summary(store);
    },
    onDidChangeLab: changed.event,
    apply: () => applier.apply(new AbortController().signal, () => undefined),
  };
}

function summary({ state }: Store): LabSummary {
  return {
    name: state.lab.lab,
    phase: state.lab.phase,
    nodes: Object.fromEntries([...state.nodes].map(([name, { connection }]) => [name, connection.kind])),
    controlPlane: state.controlPlane.connection?.kind ?? '',
    configuration: state.controlPlane.state?.version ?? '',
  };
}
