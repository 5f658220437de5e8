/** Nodes of the `yaml` package → our tree: anchors, aliases, merge keys, the `!ignore` tag, scalars as Envoy reads them. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { JsonPrimitive } from '../resources/model.js';
import type { YamlProblem } from './problem.js';
import { coreScalar, envoyScalar, jsonScalar, type ScalarStyle } from './scalar.js';
import type { Span, YamlEntry, YamlNode, YamlMapping } from './tree.js';

/** Nodes that aliases may blow a document up to. */
const MAX_NODES = 2_000_000;

/** undefined: the document is empty or cannot be understood; then `problems` says why. */
export function buildTree(
  document: Document.Parsed,
  style: ScalarStyle,
  problems: YamlProblem[],
): YamlNode | undefined {
  if (document.contents === null) return undefined;
  const builder = new Builder(style, problems);
  const before = problems.length;
  const root = builder.node(document.contents, { start: 0, end: 0 });
  if (builder.size(root) > MAX_NODES) {
    builder.problem(root.span, `Aliases make the document larger than ${MAX_NODES} nodes.`, 'Repeat less.');
  }
  // A duplicate key leaves a tree that can be worked with; anything else does not.
  return problems.slice(before).some(({ rule }) => rule !== 'duplicate-key') ? undefined : root;
}

class Builder {
  private readonly anchors = new Map<string, { readonly node: YamlNode | undefined }>();
  private readonly sizes = new Map<YamlNode, number>();

  constructor(
    private readonly style: ScalarStyle,
    private readonly problems: YamlProblem[],
  ) {}

  node(node: Node | null | undefined, empty: Span): YamlNode {
    if (node === null || node === undefined)
      return this.sized({ kind: 'scalar', span: empty, value: null }, 1);
    const span = spanOf(node, empty);
    if (isAlias(node)) return this.alias(node.source, span);
    const anchor = 'anchor' in node && typeof node.anchor === 'string' ? node.anchor : undefined;
    // Open until it is complete: an alias to it from inside would have no end.
    if (anchor !== undefined) this.anchors.set(anchor, { node: undefined });
    let built: YamlNode;
    if (isMap(node)) built = this.mapping(node as YAMLMap<unknown, unknown>, span);
    else if (isSeq(node)) built = this.sequence(node as YAMLSeq, span);
    else
      built = this.sized({ kind: 'scalar', span, value: isScalar(node) ? this.scalar(node, span) : null }, 1);
    if (anchor !== undefined) this.anchors.set(anchor, { node: built });
    return built;
  }

  /** Nodes of the tree, counting what aliases repeat. */
  size(node: YamlNode): number {
    return this.sizes.get(node) ?? 1;
  }

  problem(span: Span, message: string, hint?: string): void {
    this.problems.push({ rule: 'syntax', span, message, ...(hint === undefined ? {} : { hint }) });
  }

  private alias(name: string, span: Span): YamlNode {
    const target = this.anchors.get(name);
    if (target?.node !== undefined) return target.node;
    if (target === undefined)
      this.problem(
        span,
        `No anchor "&${name}" comes before the alias "*${name}".`,
        'Define the anchor first, or put the value in quotes.',
      );
    else this.problem(span, `The alias "*${name}" stands inside of what it repeats.`, 'Move the anchor.');
    return this.sized({ kind: 'scalar', span, value: null }, 1);
  }

  private sequence(node: YAMLSeq, span: Span): YamlNode {
    const items = (node.items as (Node | null)[]).map((item) =>
      this.node(item, { start: span.start, end: span.start }),
    );
    return this.sized(
      { kind: 'sequence', span, items },
      items.reduce((sum, item) => sum + this.size(item), 1),
    );
  }

  private mapping(node: YAMLMap<unknown, unknown>, span: Span): YamlNode {
    const own = new Map<string, YamlEntry>();
    const merges: YamlNode[] = [];
    for (const { key: keyNode, value: valueNode } of node.items as Pair<Node | null, Node | null>[]) {
      const keySpan = spanOf(keyNode, span);
      const value = this.node(valueNode, { start: keySpan.end, end: keySpan.end });
      const key = this.key(keyNode, keySpan);
      if (key === undefined) continue;
      if (keyNode?.tag === '!ignore') continue;
      if (key === '<<' && isScalar(keyNode) && keyNode.type === 'PLAIN' && this.style !== 'json') {
        merges.push(value);
        this.checkMerge(value, keySpan);
        continue;
      }
      const before = own.get(key);
      if (before === undefined) own.set(key, { key, keySpan, value });
      else this.duplicate(key, keySpan, before.keySpan);
    }
    const entries = merges.length === 0 ? [...own.values()] : merged(own, merges);
    return this.sized(
      { kind: 'mapping', span, entries },
      entries.reduce((sum, { value }) => sum + this.size(value), 1),
    );
  }

  private key(node: Node | null, span: Span): string | undefined {
    if (node === null) return '';
    const target = isAlias(node) ? this.alias(node.source, span) : undefined;
    if (target?.kind === 'scalar') return target.value === null ? '' : String(target.value);
    if (isScalar(node)) {
      const { anchor } = node as Scalar.Parsed & { anchor?: string };
      if (anchor !== undefined) this.node(node, span);
      return String(node.value ?? '');
    }
    this.problem(
      span,
      'A key must be a single word or text.',
      'Check the indentation, or put the key in quotes.',
    );
    return undefined;
  }

  private duplicate(key: string, span: Span, first: Span): void {
    this.problems.push({
      rule: 'duplicate-key',
      span,
      message: `"${key}" stands twice in one mapping.`,
      hint: 'Keep one of them.',
      related: { span: first, message: 'It stands here first.' },
    });
  }

  private checkMerge(value: YamlNode, span: Span): void {
    const sources = value.kind === 'sequence' ? value.items : [value];
    if (sources.some((source) => source.kind !== 'mapping'))
      this.problem(span, '"<<" merges a mapping or a list of mappings.', 'Write <<: *anchor.');
  }

  private scalar(node: Scalar, span: Span): JsonPrimitive {
    const text = String(node.value ?? '');
    if (node.type !== 'PLAIN' && node.type !== undefined) return text;
    if (this.style !== 'json') return this.style === 'core' ? coreScalar(text) : envoyScalar(text);
    const value = jsonScalar(text);
    if (value !== undefined) return value;
    this.problem(
      span,
      text === '' ? 'A value is missing.' : `${text.slice(0, 60)} is not JSON.`,
      'Put text in double quotes.',
    );
    return null;
  }

  private sized<T extends YamlNode>(node: T, size: number): T {
    this.sizes.set(node, size);
    return node;
  }
}

/** A key of the mapping itself wins over merged ones; of those, an earlier source wins over a later one. */
function merged(own: ReadonlyMap<string, YamlEntry>, merges: readonly YamlNode[]): YamlEntry[] {
  const all = new Map(own);
  const sources = merges.flatMap((merge) => (merge.kind === 'sequence' ? merge.items : [merge]));
  for (const source of sources.filter((node): node is YamlMapping => node.kind === 'mapping')) {
    for (const entry of source.entries) if (!all.has(entry.key)) all.set(entry.key, entry);
  }
  return [...all.values()];
}

function spanOf(node: Node | null | undefined, empty: Span): Span {
  const range = node?.range;
  return range === null || range === undefined ? empty : { start: range[0], end: range[1] };
}
