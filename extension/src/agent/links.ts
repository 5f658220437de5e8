import { join } from 'node:path';
import type { Traffic } from '@onehop/core/api/agent.generated.js';
import type { AgentClient } from '@onehop/lab/agent/client.js';
import { countedSince } from '../store/rates.js';
import type { NodeState, State } from '../store/state.js';
import type { Store } from '../store/store.js';
import { AgentLink } from './agentLink.js';
import { isLive, type ConnectionState } from './connectionState.js';
import { ControlPlaneLink } from './controlPlaneLink.js';

const keepTrafficUs = 60_000_000;

/** Keeps a link to every agent of the lab and to its control plane, and writes what they push to the store. */
export class Links {
  readonly #agents = new Map<string, AgentLink>();
  #controlPlane: ControlPlaneLink | undefined;
  #wantsTraffic = false;
  readonly #stop: () => void;

  constructor(
    private readonly store: Store,
    private readonly version: string,
  ) {
    this.#stop = store.onChange((state, before) => {
      if (state.lab !== before.lab) this.#follow(state);
    });
    this.#follow(store.state);
  }

  /** The client of a node's agent; undefined while there is no connection. */
  agent(node: string): AgentClient | undefined {
    return this.#agents.get(node)?.client;
  }

  watchTraffic(wanted: boolean): void {
    this.#wantsTraffic = wanted;
    for (const [node, link] of this.#agents) {
      link.watchTraffic(wanted);
      if (!wanted) this.store.updateNode(node, { traffic: [] });
    }
  }

  dispose(): void {
    this.#stop();
    this.#followAgents(new Map());
    this.#controlPlane?.dispose();
  }

  /** One link for each agent socket that the lab has now. */
  #follow({ lab }: State): void {
    const up = lab.phase === 'running' || lab.phase === 'degraded' || lab.phase === 'starting';
    const nodes = up && lab.mesh ? (lab.topology?.nodes ?? []) : [];
    this.#followAgents(
      new Map(nodes.map(({ name }) => [name, join(lab.stateDirectory, `agent-${name}.sock`)])),
    );
    const own = up && lab.processes.some(({ kind }) => kind === 'control-plane');
    this.#followControlPlane(own ? join(lab.stateDirectory, 'xds.sock') : undefined);
  }

  #followAgents(wanted: ReadonlyMap<string, string>): void {
    for (const [node, link] of this.#agents) {
      if (wanted.get(node) === link.address.socket) continue;
      link.dispose();
      this.#agents.delete(node);
    }
    const { nodes } = this.store.state;
    const unchanged =
      nodes.size === wanted.size && [...wanted.keys()].every((node) => this.#agents.has(node));
    if (!unchanged)
      this.store.update({
        nodes: new Map(
          [...wanted.keys()].map((node) => [
            node,
            (this.#agents.has(node) && nodes.get(node)) || unknownNode,
          ]),
        ),
      });
    for (const [node, socket] of wanted) {
      const link = this.#agents.get(node);
      if (link !== undefined) link.wake();
      else this.#agents.set(node, this.#open(node, socket));
    }
  }

  #open(node: string, socket: string): AgentLink {
    const { lab, processes } = this.store.state.lab;
    const log = processes.find(({ kind, name }) => kind === 'agent' && name === node)?.log;
    const update = (change: Partial<NodeState>): void => this.store.updateNode(node, change);
    const address = { lab, node, socket, ...(log !== undefined && { log }) };
    const link = new AgentLink(address, this.version, {
      connection: (state) => update(ofConnection(this.#whileStarting(state))),
      status: (status) => update({ status }),
      routes: (routes) =>
        update({ routes, countedSince: countedSince(this.store.state.nodes.get(node), routes, Date.now()) }),
      traffic: (traffic) =>
        update({ traffic: lastMinute(this.store.state.nodes.get(node)?.traffic ?? [], traffic) }),
    });
    link.watchTraffic(this.#wantsTraffic);
    return link;
  }

  #followControlPlane(socket: string | undefined): void {
    if (this.#controlPlane?.socket === socket) return this.#controlPlane?.wake();
    this.#controlPlane?.dispose();
    this.#controlPlane = undefined;
    this.store.update({ controlPlane: { connection: undefined, state: undefined } });
    if (socket === undefined) return;
    this.#controlPlane = new ControlPlaneLink(socket, {
      connection: (connection) =>
        this.store.update({
          controlPlane: { ...this.store.state.controlPlane, connection: this.#whileStarting(connection) },
        }),
      state: (state) => this.store.update({ controlPlane: { ...this.store.state.controlPlane, state } }),
    });
  }

  /** That nobody answers yet, or lets us in, is no loss while the lab comes up. */
  #whileStarting(state: ConnectionState): ConnectionState {
    const isNotYet = state.kind === 'lost' || state.kind === 'refused';
    return isNotYet && this.store.state.lab.phase === 'starting' ? { kind: 'starting' } : state;
  }
}

const unknownNode: NodeState = {
  connection: { kind: 'starting' },
  status: undefined,
  routes: undefined,
  countedSince: new Map(),
  traffic: [],
};

/** Of an agent that is gone nothing is known of this moment: its rates and counts begin anew when it is back. */
function ofConnection(connection: ConnectionState): Partial<NodeState> {
  return isLive(connection) ? { connection } : { connection, traffic: [], countedSince: new Map() };
}

function lastMinute(before: readonly Traffic[], next: Traffic): readonly Traffic[] {
  return [...before.filter(({ endUs }) => endUs > next.endUs - keepTrafficUs), next];
}
