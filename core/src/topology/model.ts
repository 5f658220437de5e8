/** What runs where in a lab, with every default filled in: what a `*.lab.yaml` says. */
export interface Topology {
  readonly name: string;
  readonly nodes: readonly TopologyNode[];
  readonly services: readonly TopologyService[];
  readonly workloads: readonly TopologyWorkload[];
}

/** A Linux node of the lab. Addresses are in one spelling, without prefix lengths; at most one IPv4 and one IPv6. */
export interface TopologyNode {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** A name and the virtual addresses to which it resolves inside every workload. */
export interface TopologyService {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** A process, or several, with a cgroup and addresses of their own. */
export interface TopologyWorkload {
  readonly name: string;
  readonly node: string;
  readonly addresses: readonly string[];
  /** The sample service that runs here, unless `command` says what runs. */
  readonly service?: TopologySampleService;
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface TopologySampleService {
  readonly app: string;
  readonly version?: string;
  readonly port: number;
}

/** The own addresses of the node at a place of the list, counted from 0, when it names none. */
export function defaultNodeAddresses(index: number): string[] {
  return [`198.18.${index + 1}.1`, `fd00:198:18:${index + 1}::1`];
}
