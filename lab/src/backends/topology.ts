/**
 * A resolved topology, as a backend wants it: every default filled in, every name checked.
 * `core/topology` makes it of a `*.lab.yaml`.
 */
export interface LabTopology {
  readonly name: string;
  readonly nodes: readonly LabNode[];
  readonly services: readonly LabService[];
  readonly workloads: readonly LabWorkload[];
}

/** A network namespace. `addresses` are its own, at most one IPv4 and one IPv6, with or without a prefix length. */
export interface LabNode {
  readonly name: string;
  readonly addresses?: readonly string[] | undefined;
}

/** A name that resolves to `addresses` (VIPs) inside every workload. */
export interface LabService {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Processes with a cgroup of their own and addresses on the node's eth0. */
export interface LabWorkload {
  readonly name: string;
  readonly node: string;
  readonly addresses: readonly string[];
  /** Without `command`, `app` names the sample service to run. */
  readonly service?:
    { readonly app: string; readonly version?: string | undefined; readonly port: number } | undefined;
  /** Without `service` and `command` nothing runs in the workload until somebody runs something in it. */
  readonly command?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}
