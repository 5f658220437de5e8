/** The text of a file → its xDS resources, each with the way back to its place in the text. */
import { canonicalJson } from '../envoy/canonical.js';
import { nearestName } from '../envoy/nearest.js';
import type { CodecProblem } from '../envoy/problem.js';
import { findMessage } from '../envoy/schema.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import { unknownType } from '../envoy/wording.js';
import { parseYaml, type SourceRange, type YamlFile } from '../yaml/parse.js';
import {
  child,
  entryOf,
  markOf,
  placeOf,
  type Span,
  toJson,
  type YamlMapping,
  type YamlNode,
} from '../yaml/tree.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  type FieldPath,
  type JsonObject,
  type JsonValue,
  LISTENER_TYPE,
  messageNameOf,
  ROUTE_TYPE,
  type XdsResource,
} from './model.js';
import { nameOfResource } from './names.js';
import { shareJson } from './share.js';

/** A message as it stands in a file. Paths of `problems` begin at it. */
export interface LoadedMessage {
  readonly messageName: string;
  readonly node: YamlNode;
  /** As it is written. */
  readonly json: JsonValue;
  /** Canonical; parts with problems are left out. */
  readonly value: JsonObject;
  readonly problems: readonly CodecProblem[];
}

/** A resource: a whole message of the file, or a part of a bootstrap. */
export interface LoadedResource {
  readonly resource: XdsResource;
  readonly message: LoadedMessage;
  /** Where in the message the resource begins. */
  readonly base: FieldPath;
}

/** Something wrong with the form of a file, at a place of its text. */
export interface FormProblem {
  readonly rule: 'not-xds' | 'bad-any' | 'unknown-type' | 'wrong-type' | 'unknown-field';
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
}

export interface LoadedFile {
  readonly path: string;
  readonly yaml: YamlFile;
  readonly messages: readonly LoadedMessage[];
  readonly resources: readonly LoadedResource[];
  readonly problems: readonly FormProblem[];
}

/**
 * Understands, in each document of the file: a list `resources:` whose elements have "@type" (what Envoy reads from a
 * path_config_source), one resource with "@type", and a bootstrap with `static_resources`. A path that ends in ".json" is read as
 * JSON. Never throws. What is as in `before`, the file before a change, keeps its objects, so that `===` tells what changed.
 */
export function loadFile(path: string, text: string, before?: LoadedFile): LoadedFile {
  const yaml = parseYaml(text, path.endsWith('.json') ? 'json' : 'envoy');
  const loader = new Loader(before);
  for (const { root } of yaml.documents) if (root !== undefined) loader.document(root);
  return { path, yaml, messages: loader.messages, resources: loader.resources, problems: loader.problems };
}

/** One element of a list of resources, as `splitResources` cuts it out; ranges count from its first line. */
export function loadPart(path: string, text: string, before?: LoadedFile): LoadedFile {
  const yaml = parseYaml(text);
  const loader = new Loader(before);
  for (const { root } of yaml.documents)
    if (root?.kind === 'sequence')
      for (const item of root.items) loader.element(item, 'The element of the list');
  return { path, yaml, messages: loader.messages, resources: loader.resources, problems: loader.problems };
}

/** The range to mark for a field of a message: see `markOf`. A field that is not there is shown at what would hold it. */
export function rangeInMessage(
  file: LoadedFile,
  message: LoadedMessage,
  path: FieldPath,
  part: 'key' | 'value' = 'value',
): SourceRange {
  return file.yaml.rangeOf(markOf(placeOf(message.node, path), part));
}

export function rangeInResource(
  file: LoadedFile,
  loaded: LoadedResource,
  path: FieldPath,
  part: 'key' | 'value' = 'value',
): SourceRange {
  return rangeInMessage(file, loaded.message, [...loaded.base, ...path], part);
}

const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap';
const RESPONSE = 'envoy.service.discovery.v3.DiscoveryResponse';
const WRAPPER = 'envoy.service.discovery.v3.Resource';

/** What can stand by itself in a file: what a control plane serves. */
const SERVED: ReadonlySet<string> = new Set(
  [LISTENER_TYPE, ROUTE_TYPE, CLUSTER_TYPE, ENDPOINT_TYPE]
    .map((typeUrl) => messageNameOf(typeUrl) ?? '')
    .concat([
      'envoy.config.route.v3.ScopedRouteConfiguration',
      'envoy.config.route.v3.VirtualHost',
      'envoy.config.core.v3.TypedExtensionConfig',
      'envoy.extensions.transport_sockets.tls.v3.Secret',
      'envoy.service.runtime.v3.Runtime',
      WRAPPER,
    ]),
);

class Loader {
  readonly messages: LoadedMessage[] = [];
  readonly resources: LoadedResource[] = [];
  readonly problems: FormProblem[] = [];

  constructor(private readonly before?: LoadedFile) {}

  document(root: YamlNode): void {
    if (root.kind === 'scalar' && root.value === null) return;
    if (root.kind !== 'mapping') {
      this.problem(
        'not-xds',
        markOf({ node: root, depth: 0 }),
        'A configuration is a mapping.',
        HOW_TO_BEGIN,
      );
      return;
    }
    if (entryOf(root, 'resources') !== undefined) this.list(root);
    else if (entryOf(root, '@type') !== undefined) this.element(root, 'The document');
    else if (root.entries.some(({ key }) => findMessage(BOOTSTRAP)?.byName.has(key))) this.bootstrap(root);
    else this.notXds(root);
  }

  private list(root: YamlMapping): void {
    const resources = child(root, 'resources');
    const { problems } = canonicalJson(RESPONSE, toJson(without(root, 'resources')));
    if (problems.length > 0)
      this.messages.push({ messageName: RESPONSE, node: root, json: null, value: {}, problems });
    if (resources?.kind !== 'sequence') {
      if (resources?.kind === 'scalar' && resources.value === null) return;
      this.problem(
        'wrong-type',
        markOf(placeOf(root, ['resources'])),
        '"resources" must be a list.',
        'Begin each resource with "- ".',
      );
      return;
    }
    for (const item of resources.items) this.element(item, 'The element of the list');
  }

  element(node: YamlNode, what: string): void {
    const typeNode = child(node, '@type');
    if (node.kind !== 'mapping' || typeNode?.kind !== 'scalar' || typeof typeNode.value !== 'string') {
      this.problem(
        'bad-any',
        markOf({ node, depth: 0 }),
        `${what} does not say which resource it is.`,
        `Add "@type": ${guessType(node)}`,
      );
      return;
    }
    const name = messageNameOf(typeNode.value);
    if (name === undefined) {
      this.problem(
        'bad-any',
        typeNode.span,
        `"${typeNode.value}" is not a type URL.`,
        `Write "type.googleapis.com/${typeNode.value}".`,
      );
    } else if (findMessage(name) === undefined) {
      const { message, hint } = unknownType([], name);
      this.problem('unknown-type', typeNode.span, message, hint);
    } else if (!SERVED.has(name)) {
      this.problem(
        'bad-any',
        typeNode.span,
        `${name} is not a resource that a control plane serves.`,
        'Put it where a resource refers to it, as typed_config.',
      );
    } else {
      this.resource(name, node);
    }
  }

  private resource(messageName: string, node: YamlMapping): void {
    const loaded = this.message(messageName, without(node, '@type'));
    if (messageName !== WRAPPER) {
      this.add(`type.googleapis.com/${messageName}`, loaded.value, loaded, []);
      return;
    }
    const inner = loaded.value['resource'];
    const typeUrl = isJsonObject(inner) ? inner['@type'] : undefined;
    if (!isJsonObject(inner) || typeof typeUrl !== 'string') return;
    const { '@type': _, ...value } = inner;
    this.add(typeUrl, value, loaded, ['resource']);
  }

  private bootstrap(root: YamlMapping): void {
    const loaded = this.message(BOOTSTRAP, root);
    const resources = objectOf(loaded.value['staticResources']);
    for (const [field, typeUrl] of [
      ['listeners', LISTENER_TYPE],
      ['clusters', CLUSTER_TYPE],
    ] as const) {
      const list = resources[field];
      for (const [index, value] of (Array.isArray(list) ? (list as readonly JsonValue[]) : []).entries()) {
        const object = objectOf(value);
        const named =
          typeUrl === LISTENER_TYPE && nameOfResource(typeUrl, object) === ''
            ? { name: addressOf(object), ...object }
            : object;
        this.add(typeUrl, named, loaded, ['staticResources', field, index]);
      }
    }
  }

  private message(messageName: string, node: YamlMapping): LoadedMessage {
    const old = this.before?.messages[this.messages.length];
    const json = shareJson(toJson(node), old?.json);
    const loaded =
      old?.json === json && old.messageName === messageName
        ? { ...old, node }
        : { messageName, node, json, ...canonicalJson(messageName, json) };
    this.messages.push(loaded);
    return loaded;
  }

  private add(typeUrl: string, value: JsonObject, message: LoadedMessage, base: FieldPath): void {
    const old = this.before?.resources[this.resources.length]?.resource;
    const resource =
      old?.value === value && old.typeUrl === typeUrl
        ? old
        : { typeUrl, name: nameOfResource(typeUrl, value), value };
    this.resources.push({ resource, message, base });
  }

  private notXds(root: YamlMapping): void {
    const keys = root.entries.map(({ key }) => key);
    const first = root.entries[0];
    const span = first?.keySpan ?? root.span;
    if (keys.includes('apiVersion') && keys.includes('kind')) {
      this.problem(
        'not-xds',
        span,
        'This is a Kubernetes object, not xDS.',
        'OneHop reads what Envoy reads: export the configuration of a proxy, or let the control plane serve it.',
      );
      return;
    }
    const near = first === undefined ? undefined : nearestName(first.key, ['resources', 'static_resources']);
    this.problem(
      'not-xds',
      span,
      'This document has no xDS resources.',
      near === undefined ? HOW_TO_BEGIN : `Did you mean "${near}"?`,
    );
  }

  private problem(rule: FormProblem['rule'], span: Span, message: string, hint?: string): void {
    this.problems.push({ rule, span, message, ...(hint === undefined ? {} : { hint }) });
  }
}

const HOW_TO_BEGIN =
  'Begin it with "resources:", a list of resources with "@type", or with "static_resources:", an Envoy bootstrap.';

function without(node: YamlMapping, name: string): YamlMapping {
  return { ...node, entries: node.entries.filter(({ key }) => key !== name) };
}

function objectOf(json: JsonValue | undefined): JsonObject {
  return isJsonObject(json) ? json : {};
}

/** "127.0.0.1:80", by which a bootstrap's listener without a name is known; "" when it has no such address. */
function addressOf(listener: JsonObject): string {
  const socket = objectOf(objectOf(listener['address'])['socketAddress']);
  const { address, portValue } = socket;
  return typeof address === 'string' && typeof portValue === 'number'
    ? `${address.includes(':') ? `[${address}]` : address}:${portValue}`
    : '';
}

/** The type whose fields a mapping has most of. */
function guessType(node: YamlNode): string {
  const keys = node.kind === 'mapping' ? node.entries.map(({ key }) => key) : [];
  const score = (typeUrl: string): number =>
    keys.filter((key) => key !== 'name' && findMessage(messageNameOf(typeUrl) ?? '')?.byName.has(key)).length;
  const [best] = [LISTENER_TYPE, ROUTE_TYPE, CLUSTER_TYPE, ENDPOINT_TYPE].sort((a, b) => score(b) - score(a));
  return best !== undefined && score(best) > 0 ? best : LISTENER_TYPE.replace('listener.v3.Listener', '…');
}
