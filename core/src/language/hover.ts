/** What there is to know about the word under the pointer: documentation, rule, default, support, what runs now. */
import { REPLACEMENTS } from '../diagnostics/deprecated.js';
import { RULES, type RuleId } from '../diagnostics/rules.js';
import { zeroOf } from '../envoy/defaults.js';
import { rulesOf } from '../envoy/rules.js';
import {
  enumOf,
  type FieldDescriptor,
  FieldType,
  hasPresence,
  type MessageDescriptor,
} from '../envoy/schema.js';
import { shortName } from '../envoy/wording.js';
import type { FieldPath } from '../resources/model.js';
import type { Span } from '../yaml/tree.js';
import { isRequiredField, typeName } from './completeFields.js';
import { typeText } from './completionItem.js';
import { nameOfNode, type Place, placeAt, resourceOf } from './cursor.js';
import { docsMarkdown, referenceLink } from './docs.js';
import { kindOfType, typeOfReference } from './names.js';
import { ruleClauses } from './ruleText.js';
import { type Slot, supportOf } from './slot.js';
import type { LanguageWorkspace } from './workspace.js';

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

/** A field of a resource, as the agent names it. */
export interface LiveTarget {
  readonly typeUrl: string;
  readonly name: string;
  readonly path: FieldPath;
}

/** Markdown about what runs now; undefined when there is nothing to say. */
export type LiveValues = (target: LiveTarget) => string | undefined;

/** undefined: nothing is known there. The file must be in the workspace. */
export function hover(
  workspace: LanguageWorkspace,
  path: string,
  offset: number,
  live: LiveValues = () => undefined,
): Hover | undefined {
  const file = workspace.file(path);
  if (file === undefined) return undefined;
  const suppression = suppressionAt(file.text, offset);
  if (suppression !== undefined) return suppression;
  const place = placeAt(file.roots, offset);
  const last = place?.steps.at(-1);
  if (place === undefined || last === undefined) return undefined;
  const parts =
    place.key === undefined ? valueParts(workspace, path, place) : keyParts(last.slot, place.key.key);
  const span = place.key?.keySpan ?? last.node?.span;
  if (span === undefined) return undefined;
  const now = liveOf(place, live);
  const all = [...(now === undefined ? [] : [now]), ...parts].filter((part) => part !== '');
  return all.length === 0 ? undefined : { span, markdown: all.join('\n\n') };
}

function keyParts(slot: Slot, key: string): string[] {
  if (slot.kind === 'start')
    return key === 'resources' ? ['A list of xDS resources, each with its `@type`.'] : [];
  if (slot.kind !== 'message') return [];
  if (key === '@type') return slot.message === undefined ? [] : messageParts(slot.message);
  const field = slot.message?.byName.get(key);
  if (field === undefined || slot.message === undefined) return [];
  return fieldParts(slot, slot.message, field);
}

function fieldParts(slot: Slot, message: MessageDescriptor, field: FieldDescriptor): string[] {
  const support = supportOf(slot, field);
  const facts = [typeText(field, typeName(field))];
  if (isRequiredField(message, field))
    facts.push(field.oneof === undefined ? 'required' : `one ${field.oneof} is required`);
  else if (field.oneof !== undefined) facts.push(`one of ${field.oneof}`);
  if (!hasPresence(field) && field.presence === 'implicit')
    facts.push(`default \`${String(zeroOf(field)) || '""'}\``);
  const clauses = ruleClauses(field, rulesOf(message.name)?.fields.get(field.name) ?? {});
  const notes: string[] = [];
  if (clauses.length > 0) notes.push(`Must ${clauses.join(', and ')}.`);
  if (support === 'refused') notes.push('OneHop does not do this: a configuration with it is refused.');
  if (support === 'not-enforced') notes.push('OneHop accepts this and does nothing with it.');
  if (field.deprecated)
    notes.push(
      `Deprecated. ${REPLACEMENTS[`${message.name} ${field.name}`]?.hint ?? 'A later Envoy refuses it.'}`,
    );
  const link = referenceLink(message.name);
  return [
    `**${field.name}** · ${facts.join(' · ')}`,
    notes.join('\n\n'),
    docsMarkdown({ type: message.name, member: field.name }) ?? '',
    link === undefined ? '' : `[${shortName(message.name)} in Envoy's reference](${link})`,
  ];
}

function messageParts(message: MessageDescriptor): string[] {
  const link = referenceLink(message.name);
  return [
    `**${shortName(message.name)}** · \`${message.name}\``,
    docsMarkdown({ type: message.name }) ?? '',
    link === undefined ? '' : `[Envoy's reference](${link})`,
  ];
}

function valueParts(workspace: LanguageWorkspace, path: string, { steps }: Place): string[] {
  const { slot, node } = steps.at(-1) ?? {};
  if (node?.kind !== 'scalar' || slot === undefined) return [];
  if (slot.kind === 'type') return slot.of.message === undefined ? [] : messageParts(slot.of.message);
  if (slot.kind !== 'scalar') return [];
  const { field, holder } = slot;
  const typeUrl = typeOfReference(holder.name, field.name);
  if (typeUrl !== undefined) {
    const found = workspace.definitions(path, typeUrl).find(({ name }) => name === node.text);
    const where = found === undefined ? 'is not defined here' : `is defined in ${fileName(found.file.path)}`;
    return [`**${node.text}** · ${kindOfType(typeUrl)}, which ${where}`];
  }
  if (field.type === FieldType.enum && enumOf(field).byName.has(node.text)) {
    const docs = docsMarkdown({ type: field.typeName ?? '', member: node.text });
    return [`**${node.text}** · ${typeName(field)}`, docs ?? ''];
  }
  const message = steps.at(-2)?.slot;
  return message?.kind === 'message' && message.message === holder ? fieldParts(message, holder, field) : [];
}

function liveOf({ steps, key }: Place, live: LiveValues): string | undefined {
  const resource = resourceOf(steps);
  const name = resource === undefined ? undefined : nameOfNode(resource.node);
  if (resource === undefined || name === undefined) return undefined;
  const slot = steps.at(-1)?.slot;
  const own =
    key === undefined
      ? []
      : [slot?.kind === 'message' ? (slot.message?.byName.get(key.key)?.jsonName ?? key.key) : key.key];
  return live({ typeUrl: resource.typeUrl, name, path: [...resource.path, ...own] });
}

/** `# onehop-ignore rule: reason`: what the rule is about. */
function suppressionAt(text: string, offset: number): Hover | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const found = /#[ \t]*onehop-ignore[ \t]+([a-z-]+)/.exec(text.slice(start, end < 0 ? undefined : end));
  const rule = found?.[1] ?? '';
  if (found === null || !Object.hasOwn(RULES, rule)) return undefined;
  const at = start + found.index + found[0].length - rule.length;
  if (offset < at || offset > at + rule.length) return undefined;
  return { span: { start: at, end: at + rule.length }, markdown: `**${rule}** · ${RULES[rule as RuleId]}` };
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
