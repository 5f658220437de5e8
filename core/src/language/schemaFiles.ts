/** Completion and hover of files whose form is a schema of ours: `*.lab.yaml`, `*.routes.test.yaml`. */
import type { ObjectSchema, Schema } from '../topology/schema.js';
import { flowText } from '../yaml/edits.js';
import type { Completion } from './completionItem.js';
import { placeAt, type Step, type Writing, writingAt } from './cursor.js';
import type { Hover } from './hover.js';
import { looseTree } from './looseTree.js';

/** Names that can stand at a path, such as `tests 0 expect cluster`: indices of lists are numbers. */
export type NamesAt = (path: readonly (string | number)[]) => readonly string[];

export function completeBySchema(
  schema: ObjectSchema,
  text: string,
  offset: number,
  namesAt: NamesAt = () => [],
): Completion[] {
  const writing = writingAt(text, offset) ?? (text.trim() === '' ? atStart(offset) : undefined);
  if (writing === undefined) return [];
  const path = pathOf(writing.steps);
  const here = schemaAt(schema, path);
  if (here === undefined) return [];
  if (writing.what === 'key' || (writing.what === 'either' && here.type === 'object'))
    return here.type === 'object' ? keyItems(here, writing, namesAt([...path, '*'])) : [];
  return valueItems(here, writing, namesAt(path));
}

export function hoverBySchema(schema: ObjectSchema, text: string, offset: number): Hover | undefined {
  const place = placeAt(looseTree(text), offset);
  if (place?.key === undefined) return undefined;
  const path = [...pathOf(place.steps), place.key.key];
  const found = schemaAt(schema, path);
  if (found === undefined) return undefined;
  const holder = schemaAt(schema, path.slice(0, -1));
  const isNeeded = holder?.type === 'object' && holder.required?.includes(place.key.key) === true;
  const facts = [typeText(found), ...(isNeeded ? ['required'] : [])].join(' · ');
  const markdown = [`**${place.key.key}** · ${facts}`, found.description ?? '', ruleText(found)]
    .filter((part) => part !== '')
    .join('\n\n');
  return { span: place.key.keySpan, markdown };
}

function schemaAt(schema: Schema, path: readonly (string | number)[]): Schema | undefined {
  let here: Schema | undefined = schema;
  for (const step of path) {
    if (here?.type === 'array') here = here.items;
    else if (here?.type === 'object') {
      const named: Schema | undefined = Object.hasOwn(here.properties ?? {}, step)
        ? here.properties?.[step]
        : undefined;
      here = named ?? (here.additionalProperties === false ? undefined : here.additionalProperties);
    } else return undefined;
  }
  return here;
}

function pathOf(steps: readonly Step[]): (string | number)[] {
  return steps.flatMap(({ entry, index }): (string | number)[] =>
    index !== undefined ? [index] : entry !== undefined ? [entry.key] : [],
  );
}

function keyItems(schema: ObjectSchema, writing: Writing, names: readonly string[]): Completion[] {
  const node = writing.steps.at(-1)?.node;
  const entries = node?.kind === 'mapping' ? node.entries : [];
  const written = new Set(
    entries.filter(({ keySpan }) => keySpan.start !== writing.replace.start).map(({ key }) => key),
  );
  const known = Object.entries(schema.properties ?? {}).filter(([name]) => !written.has(name));
  const own = known.map(([name, inner], index): Completion => {
    const isNeeded = schema.required?.includes(name) === true;
    return {
      label: name,
      kind: 'field',
      detail: [typeText(inner), ...(isNeeded ? ['required'] : [])].join(' · '),
      ...(inner.description === undefined ? {} : { text: inner.description }),
      insert: writing.hasColon ? name : keyText(name, inner, writing),
      replace: writing.replace,
      filter: name,
      sort: `${isNeeded ? 0 : 1}${String(index).padStart(2, '0')}`,
      asksOn: true,
    };
  });
  const free = names
    .filter((name) => !written.has(name))
    .map((name, index): Completion => ({
      label: name,
      kind: 'reference',
      insert: writing.hasColon ? flowText(name, false) : `${flowText(name, false)}: `,
      replace: writing.replace,
      filter: name,
      sort: `2${String(index).padStart(4, '0')}`,
    }));
  return [...own, ...free].sort((a, b) => (a.sort < b.sort ? -1 : 1));
}

function valueItems(schema: Schema, writing: Writing, names: readonly string[]): Completion[] {
  const values = schema.type === 'string' && schema.enum !== undefined ? schema.enum : names;
  return values.map((value, index) => ({
    label: value,
    kind: schema.type === 'string' && schema.enum !== undefined ? 'enum' : 'reference',
    insert: writing.quote === undefined ? flowText(value, false) : `${writing.quote}${value}${writing.quote}`,
    replace: writing.replace,
    filter: `${writing.quote ?? ''}${value}`,
    sort: String(index).padStart(4, '0'),
  }));
}

function keyText(name: string, schema: Schema, { isFlow, column }: Writing): string {
  if (isFlow)
    return schema.type === 'object'
      ? `${name}: { $0 }`
      : schema.type === 'array'
        ? `${name}: [$0]`
        : `${name}: `;
  const inner = `\n${' '.repeat(column + 2)}`;
  if (schema.type === 'array') return `${name}:${inner}- `;
  return schema.type === 'object' ? `${name}:${inner}` : `${name}: `;
}

function typeText(schema: Schema): string {
  switch (schema.type) {
    case 'array':
      return 'list';
    case 'object':
      return 'mapping';
    case 'integer':
      return 'whole number';
    case 'string':
      return schema.enum === undefined ? 'text' : schema.enum.join(' | ');
  }
}

function ruleText(schema: Schema): string {
  if (schema.type === 'integer') return `From ${schema.minimum} to ${schema.maximum}.`;
  if (schema.type !== 'array') return '';
  const { minItems, maxItems } = schema;
  if (minItems !== undefined && maxItems !== undefined) return `From ${minItems} to ${maxItems} elements.`;
  return minItems === undefined ? '' : `At least ${minItems}.`;
}

function atStart(offset: number): Writing {
  return {
    steps: [{ node: undefined, slot: { kind: 'free' } }],
    what: 'key',
    replace: { start: offset, end: offset },
    typed: '',
    isFlow: false,
    quote: undefined,
    hasColon: false,
    column: 0,
  };
}
