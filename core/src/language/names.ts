/** Where a text gives resources their names, and where it uses them. */
import { shortName } from '../envoy/wording.js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, messageNameOf } from '../resources/model.js';
import { nameFieldOf, referencedType } from '../resources/names.js';
import type { Span } from '../yaml/tree.js';
import { looseEntry, type LooseMapping, type LooseNode, type LooseScalar, looseText } from './looseTree.js';
import { type MessageSlot, rootSlot, type Slot, slotOfItem, slotOfKey } from './slot.js';

export const SECRET_TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

export interface NameUse {
  readonly typeUrl: string;
  readonly name: string;
  /** Of the name alone, without quotes. */
  readonly span: Span;
  readonly role: 'definition' | 'reference';
  /** Of a definition: the whole resource. */
  readonly whole?: Span;
}

/** A resource as it stands in a text. */
export interface WrittenResource {
  readonly typeUrl: string;
  readonly name: string;
  readonly node: LooseMapping;
  readonly slot: MessageSlot;
}

export interface FileNames {
  readonly uses: readonly NameUse[];
  readonly resources: readonly WrittenResource[];
  /** Names of clusters whose endpoints are a resource of the same name: they can only change together. */
  readonly tied: ReadonlySet<string>;
}

export function namesIn(roots: readonly (LooseNode | undefined)[]): FileNames {
  const reader = new NameReader();
  for (const root of roots) if (root !== undefined) reader.visit(root, rootSlot(root));
  return reader;
}

/** "cluster reviews-v1" */
export function describeName({ typeUrl, name }: { readonly typeUrl: string; readonly name: string }): string {
  return `${kindOfType(typeUrl)} ${name}`;
}

/** "cluster", "route configuration", … */
export function kindOfType(typeUrl: string): string {
  const short = shortName(messageNameOf(typeUrl) ?? typeUrl);
  if (typeUrl === ENDPOINT_TYPE) return 'endpoints';
  return short.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

class NameReader implements FileNames {
  readonly uses: NameUse[] = [];
  readonly resources: WrittenResource[] = [];
  readonly tied = new Set<string>();
  /** Name of the cluster that is being read. */
  private cluster: string | undefined;

  visit(node: LooseNode, slot: Slot): void {
    if (node.kind === 'scalar') return;
    if (node.kind === 'sequence') {
      for (const item of node.items) if (item !== undefined) this.element(item, slotOfItem(slot, item), slot);
      return;
    }
    if (slot.kind === 'message' && slot.isResource) this.resource(node, slot);
    for (const { key, value } of node.entries) {
      if (value === undefined) continue;
      const inner = slotOfKey(slot, key, value);
      if (value.kind === 'scalar' && inner.kind === 'scalar') this.scalar(value, inner);
      else this.visit(value, inner);
    }
    if (slot.kind === 'message' && slot.isResource) this.cluster = undefined;
  }

  private element(item: LooseNode, slot: Slot, list: Slot): void {
    if (item.kind === 'scalar') {
      if (slot.kind === 'scalar') this.scalar(item, slot);
      return;
    }
    const isListed =
      item.kind === 'mapping' &&
      slot.kind === 'message' &&
      list.kind === 'list' &&
      list.holder.name.endsWith('.Bootstrap.StaticResources');
    if (isListed) this.resource(item, slot);
    this.visit(item, slot);
  }

  private resource(node: LooseMapping, slot: MessageSlot): void {
    if (slot.message === undefined) return;
    const typeUrl = `type.googleapis.com/${slot.message.name}`;
    const field = nameFieldOf(typeUrl);
    const value = looseEntry(node, ...(field === 'name' ? ['name'] : ['cluster_name', 'clusterName']))?.value;
    const name = value?.kind === 'scalar' ? value.text : '';
    this.resources.push({ typeUrl, name, node, slot });
    if (value?.kind !== 'scalar' || name === '') return;
    this.uses.push({ typeUrl, name, span: innerSpan(value), role: 'definition', whole: node.span });
    if (typeUrl !== CLUSTER_TYPE) return;
    this.cluster = name;
    if (looseText(node, 'type') !== 'EDS') return;
    const eds = looseEntry(node, 'eds_cluster_config', 'edsClusterConfig')?.value;
    if ((looseText(eds, 'service_name', 'serviceName') ?? '') === '') this.tied.add(name);
  }

  private scalar(value: LooseScalar, { field, holder }: Slot & { kind: 'scalar' }): void {
    if (value.text === '') return;
    const typeUrl = typeOfReference(holder.name, field.name);
    const isOwn = holder.name === ASSIGNMENT && field.name === 'cluster_name' && value.text === this.cluster;
    if (typeUrl === undefined && !isOwn) return;
    const use = { name: value.text, span: innerSpan(value), role: 'reference' as const };
    this.uses.push({ ...use, typeUrl: typeUrl ?? CLUSTER_TYPE });
  }
}

/** The type of the resource that a field names. */
export function typeOfReference(messageName: string, fieldName: string): string | undefined {
  if (messageName === 'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig' && fieldName === 'name')
    return SECRET_TYPE;
  if (messageName === 'envoy.config.cluster.v3.Cluster.EdsClusterConfig' && fieldName === 'service_name')
    return ENDPOINT_TYPE;
  return referencedType(messageName, fieldName);
}

/** Without the quotes. */
export function innerSpan({ span, quote, text }: LooseScalar): Span {
  if (quote !== '"' && quote !== "'") return span;
  return {
    start: span.start + 1,
    end: Math.max(span.start + 1, Math.min(span.end - 1, span.start + 1 + text.length)),
  };
}

const ASSIGNMENT = 'envoy.config.endpoint.v3.ClusterLoadAssignment';
