/** The comments of Envoy's protos, in their reStructuredText. Imported only where somebody reads them: the table is large. */
import { DOCS_JSON } from './docs.generated.js';

/** Of a message or enum; undefined when it has none. */
export function docsOf(typeName: string): string | undefined {
  return textOf(table()[typeName]?.[0]);
}

/** Of a field of a message or a value of an enum, by its proto name. */
export function memberDocsOf(typeName: string, member: string): string | undefined {
  const members = table()[typeName]?.[1];
  return members !== undefined && Object.hasOwn(members, member) ? textOf(members[member]) : undefined;
}

type Table = Readonly<Record<string, readonly [own: string, members?: Readonly<Record<string, string>>]>>;

let parsed: Table | undefined;

function table(): Table {
  return (parsed ??= JSON.parse(DOCS_JSON) as Table);
}

function textOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
