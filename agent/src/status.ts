import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { Status, Workload } from '@onehop/core/api/agent.generated.js';
import { cgroupId } from './datapath/cgroup.js';
import type { Options } from './options.js';
import type { ConfigurationPart, DatapathPart } from './parts.js';
import type { Probe } from './probe/probe.js';

/** Changes closer together than this are told as one. */
const settleMs = 20;

export const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

export interface StatusSources {
  readonly options: Options;
  readonly probe: Probe;
  readonly datapath: Pick<DatapathPart, 'programs'>;
  readonly configuration: Pick<ConfigurationPart, 'generation' | 'controlPlane' | 'resources'>;
}

/** The state of the agent, and who wants to hear of its changes. */
export class StatusBoard {
  readonly #sources: StatusSources;
  readonly #workloads: readonly Workload[];
  readonly #listeners = new Set<() => void>();
  #state: 'starting' | 'ready' | 'stopping' = 'starting';
  #timer: NodeJS.Timeout | undefined;

  constructor(sources: StatusSources) {
    this.#sources = sources;
    this.#workloads = sources.options.workloads.map(({ name, id, addresses, cgroup }) => ({
      name,
      id,
      addresses,
      cgroupId: Number(cgroupId(cgroup)),
    }));
  }

  status(): Status {
    const { options, probe, datapath, configuration } = this.#sources;
    return {
      version,
      node: options.node,
      pid: process.pid,
      kernel: release(),
      state: this.#state,
      capabilities: probe.capabilities.map(({ name, available, lost, required }) => ({
        name,
        available,
        lost,
        required,
      })),
      programs: datapath.programs(),
      generation: configuration.generation,
      resources: configuration.resources(),
      controlPlane: configuration.controlPlane(),
      workloads: this.#workloads,
      anchorPort: options.anchorPort,
    };
  }

  become(state: 'ready' | 'stopping'): void {
    this.#state = state;
    this.#tell();
  }

  changed(): void {
    this.#timer ??= setTimeout(() => this.#tell(), settleMs);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const listener of this.#listeners) listener();
  }
}
