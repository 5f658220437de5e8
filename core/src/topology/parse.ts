/** The text of a `*.lab.yaml` → what it says, or everything that is wrong with it. */
import { type Diagnostic, sortDiagnostics } from '../diagnostics/diagnostic.js';
import type { TopologyRule } from '../diagnostics/rules.js';
import { nearestName } from '../envoy/nearest.js';
import type { FieldPath } from '../resources/model.js';
import { formatIp, parseIp } from '../wire/ip.js';
import { parseYaml, type SourceRange, type YamlFile } from '../yaml/parse.js';
import { markOf, placeOf, toJson, type YamlNode } from '../yaml/tree.js';
import {
  defaultNodeAddresses,
  type Topology,
  type TopologyNode,
  type TopologyService,
  type TopologyWorkload,
} from './model.js';
import { TOPOLOGY_SCHEMA } from './schema.js';
import { checkShape } from './shape.js';

export interface ParsedTopology {
  /** There when, and only when, there are no problems. */
  readonly topology: Topology | undefined;
  readonly problems: readonly Diagnostic[];
}

/** `path` is how problems call the file; one that ends in ".json" is read as JSON. Never throws. */
export function parseTopology(text: string, path = 'lab.yaml'): ParsedTopology {
  const file = parseYaml(text, path.endsWith('.json') ? 'json' : 'core');
  const problems: Diagnostic[] = file.problems.map(({ span, related: _, ...problem }) => ({
    file: path,
    range: file.rangeOf(span),
    severity: 'error',
    ...problem,
  }));
  const failed = (): ParsedTopology => ({ topology: undefined, problems: sortDiagnostics(problems, [path]) });
  if (problems.length > 0) return failed();
  const roots = file.documents.flatMap(({ root }) => (root === undefined ? [] : [root]));
  const [root, second] = roots;
  const extra =
    second === undefined
      ? undefined
      : {
          span: markOf({ node: second, depth: 0 }),
          message: 'A topology is one document.',
          hint: 'Put another lab in a file of its own.',
        };
  const empty =
    root === undefined
      ? {
          span: { start: 0, end: 0 },
          message: 'The topology is empty.',
          hint: 'Begin with "name:" and "nodes:".',
        }
      : undefined;
  for (const found of [empty, extra])
    if (found !== undefined) problems.push(at(file, path, found.span, 'syntax', found.message, found.hint));
  if (root === undefined || problems.length > 0) return failed();
  for (const { span, rule, message, hint } of checkShape(TOPOLOGY_SCHEMA, root))
    problems.push(at(file, path, span, rule, message, hint));
  if (problems.length > 0) return failed();
  const checker = new Checker(file, path, root);
  const topology = checker.resolve(toJson(root) as unknown as Written);
  problems.push(...checker.problems);
  return problems.length > 0 ? failed() : { topology, problems: [] };
}

/** A topology as it is written: the schema holds. */
interface Written {
  readonly name: string;
  readonly nodes: readonly { readonly name: string; readonly addresses?: readonly string[] }[];
  readonly services?: readonly TopologyService[];
  readonly workloads?: readonly TopologyWorkload[];
}

/** Names that the lab uses beside those of nodes. */
const RESERVED: ReadonlySet<string> = new Set(['control', 'switch']);

class Checker {
  readonly problems: Diagnostic[] = [];
  /** Who has an address. */
  private readonly owners = new Map<string, { readonly owner: string; readonly range: SourceRange }>();

  constructor(
    private readonly file: YamlFile,
    private readonly path: string,
    private readonly root: YamlNode,
  ) {}

  resolve(written: Written): Topology {
    const { name, services = [], workloads = [] } = written;
    this.uniqueNames('nodes', written.nodes);
    this.uniqueNames('services', services);
    this.uniqueNames('workloads', workloads);
    const nodes = written.nodes.map((node, index): TopologyNode => {
      if (RESERVED.has(node.name))
        this.problem(
          ['nodes', index, 'name'],
          'bad-format',
          `A node cannot be called "${node.name}": the lab has a part of that name.`,
          'Choose another name.',
        );
      const owner = `node "${node.name}"`;
      if (node.addresses !== undefined)
        return {
          name: node.name,
          addresses: this.addresses(['nodes', index, 'addresses'], node.addresses, owner),
        };
      const addresses = defaultNodeAddresses(index);
      for (const address of addresses) this.own(address, owner, this.rangeOf(['nodes', index, 'name']));
      return { name: node.name, addresses };
    });
    return {
      name,
      nodes,
      services: services.map((service, index) => ({
        ...service,
        addresses: this.addresses(
          ['services', index, 'addresses'],
          service.addresses,
          `service "${service.name}"`,
        ),
      })),
      workloads: workloads.map((workload, index) => {
        this.knownNode(['workloads', index, 'node'], workload.node, nodes);
        return {
          ...workload,
          addresses: this.addresses(
            ['workloads', index, 'addresses'],
            workload.addresses,
            `workload "${workload.name}"`,
          ),
        };
      }),
    };
  }

  private uniqueNames(list: string, items: readonly { readonly name: string }[]): void {
    const first = new Map<string, number>();
    for (const [index, { name }] of items.entries()) {
      const before = first.get(name);
      if (before === undefined) first.set(name, index);
      else
        this.problem(
          [list, index, 'name'],
          'duplicate-name',
          `There are two ${list} called "${name}".`,
          'Rename one of them.',
          { range: this.rangeOf([list, before, 'name']), message: 'The first one is here.' },
        );
    }
  }

  private knownNode(path: FieldPath, name: string, nodes: readonly TopologyNode[]): void {
    const names = nodes.map((node) => node.name);
    if (names.includes(name)) return;
    const near = nearestName(name, names);
    this.problem(
      path,
      'unknown-node',
      `Node "${name}" is not defined.`,
      near === undefined ? `There is ${names.join(', ')}.` : `Did you mean "${near}"?`,
    );
  }

  /** In one spelling. */
  private addresses(path: FieldPath, texts: readonly string[], owner: string): string[] {
    const families = new Set<number>();
    return texts.flatMap((text, index) => {
      const at = [...path, index];
      const bytes = parseIp(text);
      if (bytes === undefined) {
        const hint = text.includes('/')
          ? 'Leave out the prefix length: the lab is one network.'
          : 'Write an IPv4 or IPv6 address.';
        this.problem(at, 'bad-address', `"${text.slice(0, 80)}" is no IP address.`, hint);
        return [];
      }
      const address = formatIp(bytes);
      const isFour = !address.includes(':');
      if (!isInLab(bytes, isFour)) {
        this.problem(
          at,
          'outside-address',
          `${address} is outside of the lab's network.`,
          isFour ? 'Use an address of 198.18.0.0/15.' : 'Use an address of fd00:198:18::/48.',
        );
        return [];
      }
      if (families.size === families.add(isFour ? 4 : 6).size)
        this.problem(
          at,
          'bad-address',
          `The ${owner} has two ${isFour ? 'IPv4' : 'IPv6'} addresses.`,
          'Keep one of each kind.',
        );
      this.own(address, owner, this.rangeOf(at));
      return [address];
    });
  }

  private own(address: string, owner: string, range: SourceRange): void {
    const before = this.owners.get(address);
    if (before === undefined) {
      this.owners.set(address, { owner, range });
      return;
    }
    const related = { file: this.path, range: before.range, message: `The ${before.owner} has it.` };
    const message =
      before.owner === owner
        ? `The ${owner} has ${address} twice.`
        : `The ${owner} and the ${before.owner} have the same address ${address}.`;
    this.problems.push({
      file: this.path,
      range,
      rule: 'duplicate-address',
      severity: 'error',
      message,
      hint: 'Give each an address of its own.',
      related: [related],
    });
  }

  private problem(
    path: FieldPath,
    rule: TopologyRule,
    message: string,
    hint: string,
    related?: { range: SourceRange; message: string },
  ): void {
    const also = related === undefined ? {} : { related: [{ file: this.path, ...related }] };
    this.problems.push({
      file: this.path,
      range: this.rangeOf(path),
      rule,
      severity: 'error',
      message,
      hint,
      ...also,
    });
  }

  private rangeOf(path: FieldPath): SourceRange {
    return this.file.rangeOf(markOf(placeOf(this.root, path)));
  }
}

/** 198.18.0.0/15 or fd00:198:18::/48, without the address of the network itself. */
function isInLab(bytes: Uint8Array, isFour: boolean): boolean {
  if (isFour)
    return (
      bytes[12] === 198 &&
      (bytes[13] ?? 0) >> 1 === 9 &&
      bytes.subarray(13).some((byte, index) => (index === 0 ? byte & 1 : byte) !== 0)
    );
  return (
    [0xfd, 0x00, 0x01, 0x98, 0x00, 0x18].every((byte, index) => bytes[index] === byte) &&
    bytes.subarray(6).some((byte) => byte !== 0)
  );
}

function at(
  file: YamlFile,
  path: string,
  span: { start: number; end: number },
  rule: string,
  message: string,
  hint?: string,
): Diagnostic {
  return {
    file: path,
    range: file.rangeOf(span),
    rule,
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}
