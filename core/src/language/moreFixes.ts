/** Fixes that need the text as it stands, beside those that a rule itself knows: adding what is missing, taking out what is wrong. */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { CLUSTER_TYPE, type JsonObject, ROUTE_TYPE, ENDPOINT_TYPE } from '../resources/model.js';
import { appendItem, flowText, type TextEdit } from '../yaml/edits.js';
import { parseYaml } from '../yaml/parse.js';
import { placeOf, type Span } from '../yaml/tree.js';
import type { CodeAction } from './codeAction.js';
import { placeAt } from './cursor.js';
import { remove, removablesAt } from './removal.js';
import type { LanguageFile } from './workspace.js';

/** For one problem, which stands at `span`. */
export function moreFixes(file: LanguageFile, span: Span, problem: Diagnostic): CodeAction[] {
  const make = (title: string, edits: readonly TextEdit[] | undefined, isPreferred = false): CodeAction[] =>
    edits === undefined ? [] : [{ title, kind: 'fix', edits, isPreferred, diagnostic: problem }];
  const { text } = file;
  const word = text.slice(span.start, span.end);
  const meant = /(?:Did you mean|Write) "([^"]+)"[?.]/.exec(problem.hint ?? '')?.[1];
  switch (problem.rule) {
    case 'syntax':
      return word.startsWith('\t')
        ? make('Indent with spaces', [{ span, newText: word.replaceAll('\t', '  ') }], true)
        : [];
    case 'not-xds':
    case 'bad-any': {
      const type = /^Add "@type": (\S+?)\.?$/.exec(problem.hint ?? '')?.[1];
      if (type !== undefined && !type.includes('…'))
        return make(`Add '@type': ${type}`, addType(file, span, type), true);
      return meant === undefined ? [] : make(`Change to "${meant}"`, [replaceWord(span, word, meant)], true);
    }
    case 'unknown-field':
    case 'bad-suppression':
    case 'unknown-type':
      return [
        ...(meant === undefined
          ? []
          : make(`Change to "${meant}"`, replaceInside(span, word, meant, problem), true)),
        ...(problem.rule === 'unknown-field' ? make('Remove the field', removal(file, span, 'entry')) : []),
      ];
    case 'wrong-type':
      return wrongType(problem, span, word, make);
    case 'required':
    case 'oneof':
      return missing(file, span, problem, make);
    case 'duplicate-key':
    case 'duplicate-field':
      return make('Remove this one', removal(file, span, 'entry'));
    case 'not-supported':
    case 'not-enforced':
    case 'deprecated-field':
      return make('Remove the field', removal(file, span, 'entry'));
    case 'not-unique':
    case 'domain-conflict':
      return make('Remove this one', removal(file, span, 'item'));
    case 'zero-weight':
      return make('Remove the cluster from the split', removal(file, span, 'item'));
    case 'unused-resource':
    case 'duplicate-name':
      return make('Remove the resource', removeResource(file, span));
    case 'unused-suppression':
      return make('Remove the comment', [removeComment(text, span)], true);
    case 'dangling-cluster':
    case 'unknown-cluster':
    case 'dangling-route-config':
    case 'missing-routes':
    case 'dangling-endpoints':
      return createResource(file, problem, span, make);
    default:
      return [];
  }
}

type Make = (title: string, edits: readonly TextEdit[] | undefined, isPreferred?: boolean) => CodeAction[];

function wrongType({ hint = '' }: Diagnostic, span: Span, word: string, make: Make): CodeAction[] {
  const quoted = /^Put it in quotes: (".*")\.?$/.exec(hint)?.[1];
  if (quoted !== undefined) return make(`Change to ${quoted}`, [{ span, newText: quoted }], true);
  if (/[Pp]ut (?:it|the value) in quotes/.test(hint) && !/^["']/.test(word))
    return make(`Change to '${word}'`, [{ span, newText: `'${word}'` }], true);
  if (
    /Begin each element with "- "/.test(hint) &&
    !word.includes('\n') &&
    !/^[{[]/.test(word) &&
    !word.endsWith(':')
  )
    return make('Make it a list of one', [{ span, newText: `[${word}]` }]);
  return [];
}

/** Values that are right more often than not. */
const USUAL: Readonly<Record<string, (name: string) => string>> = {
  name: (name) => flowText(name, false),
  domains: () => "['*']",
  match: () => '{ prefix: / }',
  stat_prefix: (name) => flowText(name, false),
  cluster_name: (name) => flowText(name, false),
  connect_timeout: () => '1s',
  resource_api_version: () => 'V3',
  prefix: () => '/',
  port_value: () => '9080',
};

/** Adds the field that is missing, behind the first one of its mapping. */
function missing(file: LanguageFile, span: Span, problem: Diagnostic, make: Make): CodeAction[] {
  const field =
    /^"(\w+)" is required/.exec(problem.message)?.[1] ??
    (/^Add one of (.*)\.$/.exec(problem.hint ?? '')?.[1] ?? '')
      .split(', ')
      .find((name) => Object.hasOwn(USUAL, name));
  const usual = field === undefined ? undefined : USUAL[field];
  if (field === undefined || usual === undefined) return [];
  const value = usual(problem.resource?.name || 'new');
  return make(`Add ${field}: ${value}`, addField(file, span, `${field}: ${value}`));
}

/** `span` is a key whose mapping lacks the field, or the first key of that mapping itself. */
function addField(file: LanguageFile, span: Span, entry: string): TextEdit[] | undefined {
  const place = placeAt(file.roots, span.start);
  const holder = place?.steps.at(-1)?.node;
  const value = place?.key?.value;
  if (place?.key === undefined || holder?.kind !== 'mapping') return undefined;
  const field = entry.slice(0, entry.indexOf(':'));
  const message = place.steps.at(-1)?.slot;
  const isOwn = message?.kind === 'message' && message.message?.byName.has(field) === true;
  const isOfValue =
    value?.kind === 'mapping' &&
    !(isOwn && place.key === holder.entries[0] && !valueTakes(file, span, field));
  const into = isOfValue && value?.kind === 'mapping' ? value : isOwn ? holder : value;
  if (into?.kind !== 'mapping') return undefined;
  const first = into.entries[0];
  if (into.isFlow || first === undefined) {
    const at = into.span.start + 1;
    return [{ span: { start: at, end: at }, newText: first === undefined ? ` ${entry} ` : ` ${entry},` }];
  }
  const at = first.keySpan.start;
  return [{ span: { start: at, end: at }, newText: `${entry}\n${' '.repeat(columnOf(file.text, at))}` }];
}

/** Whether the message of the value of the key at `span` has the field. */
function valueTakes(file: LanguageFile, span: Span, field: string): boolean {
  const value = placeAt(file.roots, span.start)?.key?.value;
  const first = value?.kind === 'mapping' ? value.entries[0] : undefined;
  const slot = first === undefined ? undefined : placeAt(file.roots, first.keySpan.start)?.steps.at(-1)?.slot;
  return slot?.kind === 'message' && slot.message?.byName.has(field) === true;
}

function addType(file: LanguageFile, span: Span, type: string): TextEdit[] | undefined {
  const place = placeAt(file.roots, span.start);
  const value = place?.key?.value;
  const holder = place?.steps.at(-1);
  // An element of `resources` is marked at its first key, an Any at the key of its field.
  const isElement = holder?.slot.kind === 'message' && holder.slot.isResource;
  const into = isElement ? holder.node : value;
  if (into?.kind !== 'mapping') return undefined;
  const entry = `'@type': ${type}`;
  const first = into.entries[0];
  if (first === undefined || into.isFlow) {
    const at = into.span.start + 1;
    return [{ span: { start: at, end: at }, newText: first === undefined ? ` ${entry} ` : ` ${entry},` }];
  }
  const at = first.keySpan.start;
  return [{ span: { start: at, end: at }, newText: `${entry}\n${' '.repeat(columnOf(file.text, at))}` }];
}

function createResource(file: LanguageFile, problem: Diagnostic, span: Span, make: Make): CodeAction[] {
  const isEndpoints = problem.rule === 'dangling-endpoints';
  const isRoutes = problem.rule === 'dangling-route-config' || problem.rule === 'missing-routes';
  const word = placeAt(file.roots, span.start)?.steps.at(-1)?.node;
  const name = word?.kind === 'scalar' ? word.text : (problem.resource?.name ?? '');
  if (name === '') return [];
  const value: JsonObject = isEndpoints
    ? { '@type': ENDPOINT_TYPE, cluster_name: name, endpoints: [] }
    : isRoutes
      ? { '@type': ROUTE_TYPE, name, virtual_hosts: [{ name, domains: ['*'], routes: [] }] }
      : {
          '@type': CLUSTER_TYPE,
          name,
          type: 'STATIC',
          connect_timeout: '1s',
          load_assignment: { cluster_name: name, endpoints: [] },
        };
  const what = isEndpoints ? 'a ClusterLoadAssignment for' : isRoutes ? 'a route configuration' : 'a cluster';
  return make(`Add ${what} "${name}"`, append(file, value, isEndpoints || isRoutes));
}

/** To the list of resources of the file, or to the clusters of a bootstrap. */
function append(file: LanguageFile, value: JsonObject, onlyResources: boolean): TextEdit[] | undefined {
  const isJson = file.path.endsWith('.json');
  for (const { root } of parseYaml(file.text, isJson ? 'json' : 'envoy').documents) {
    if (root === undefined) continue;
    const document = { text: file.text, root, isJson };
    if (placeOf(root, ['resources']).depth === 1) return copy(appendItem(document, ['resources'], value));
    const { '@type': _, ...bare } = value;
    if (!onlyResources) return copy(appendItem(document, ['static_resources', 'clusters'], bare));
  }
  return undefined;
}

function copy(edits: readonly TextEdit[] | undefined): TextEdit[] | undefined {
  return edits === undefined ? undefined : [...edits];
}

/** The innermost entry or element at the place. */
function removal(file: LanguageFile, span: Span, kind: 'entry' | 'item'): TextEdit[] | undefined {
  const found = removablesAt(file.roots, span.start).find((one) => one.kind === kind);
  const edit = found === undefined ? undefined : remove(file.text, found);
  return edit === undefined ? undefined : [edit];
}

function removeResource(file: LanguageFile, span: Span): TextEdit[] | undefined {
  const found = removablesAt(file.roots, span.start).findLast(({ kind }) => kind === 'item');
  const edit = found === undefined ? undefined : remove(file.text, found);
  return edit === undefined ? undefined : [edit];
}

/** With its line when it stands alone there. */
function removeComment(text: string, span: Span): TextEdit {
  const start = text.lastIndexOf('\n', span.start - 1) + 1;
  const before = text.slice(start, span.start);
  if (before.trim() !== '')
    return { span: { start: start + before.trimEnd().length, end: span.end }, newText: '' };
  const end = text.indexOf('\n', span.end);
  return { span: { start, end: end < 0 ? text.length : end + 1 }, newText: '' };
}

function replaceInside(span: Span, word: string, meant: string, { message }: Diagnostic): TextEdit[] {
  const wrong = /"([^"]+)"/.exec(message)?.[1] ?? '';
  const at = word.startsWith('#') ? word.indexOf(wrong) : -1;
  if (at < 0) return [replaceWord(span, word, meant)];
  return [{ span: { start: span.start + at, end: span.start + at + wrong.length }, newText: meant }];
}

/** In the quotes that are there. */
function replaceWord(span: Span, word: string, meant: string): TextEdit {
  const quote = /^["']/.exec(word)?.[0] ?? '';
  return { span, newText: `${quote}${meant}${quote}` };
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
