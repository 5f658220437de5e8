/**
 * Struct layouts straight from the text of bpf/lib/wire.h, by the rules of C for natural alignment: independent of BTF
 * and of the codec that the product uses.
 */
import { readFileSync } from 'node:fs';

export type Bytes = Uint8Array;
export type Fields = Readonly<Record<string, unknown>>;

interface Layout {
  readonly size: number;
  readonly align: number;
  read(view: DataView, at: number): unknown;
}

const layouts = parseHeader(readFileSync(new URL('../../../../bpf/lib/wire.h', import.meta.url), 'utf8'));

/** A struct of wire.h: integers as numbers, `char[]` and `__u8[]` as bytes. */
export function readStruct<T = Fields>(name: string, bytes: Bytes): T {
  const layout = layouts.get(`struct ${name}`);
  if (layout === undefined) throw new Error(`wire.h has no struct ${name}`);
  if (bytes.length !== layout.size)
    throw new Error(`struct ${name} has ${layout.size} bytes, not ${bytes.length}`);
  return layout.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0) as T;
}

export function sizeOf(name: string): number {
  return layouts.get(`struct ${name}`)?.size ?? 0;
}

function integer(size: 1 | 2 | 4 | 8): Layout {
  return {
    size,
    align: size,
    read: (view, at) => {
      if (size === 1) return view.getUint8(at);
      if (size === 2) return view.getUint16(at, true);
      return size === 4 ? view.getUint32(at, true) : view.getBigUint64(at, true);
    },
  };
}

function array(element: Layout, n: number, isByte: boolean): Layout {
  return {
    size: element.size * n,
    align: element.align,
    read: (view, at) =>
      isByte
        ? new Uint8Array(view.buffer, view.byteOffset + at, n).slice()
        : Array.from({ length: n }, (_, i) => element.read(view, at + i * element.size)),
  };
}

function parseHeader(text: string): ReadonlyMap<string, Layout> {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  const numbers = new Map(
    [...code.matchAll(/^#define (\w+) (\d+)/gm)].map(([, name, n]) => [name ?? '', Number(n)]),
  );
  const found = new Map<string, Layout>([
    ['__u8', integer(1)],
    ['char', integer(1)],
    ['__u16', integer(2)],
    ['__u32', integer(4)],
    ['__u64', integer(8)],
    ['__s64', integer(8)],
  ]);
  const struct = (body: string): Layout => {
    const members: { name: string; at: number; layout: Layout }[] = [];
    let size = 0;
    let align = 1;
    for (const [, type = '', names = ''] of body.matchAll(/^\s*((?:struct )?\w+) ([^;]+);/gm)) {
      const base = found.get(type);
      if (base === undefined) throw new Error(`unknown type ${type}`);
      for (const declarator of names.split(',')) {
        const [, name = '', count] = /^\s*(\w+)(?:\[(\w+)\])?\s*$/.exec(declarator) ?? [];
        const n = count === undefined ? undefined : (numbers.get(count) ?? Number(count));
        const layout = n === undefined ? base : array(base, n, type === 'char' || type === '__u8');
        const at = Math.ceil(size / layout.align) * layout.align;
        members.push({ name, at, layout });
        size = at + layout.size;
        align = Math.max(align, layout.align);
      }
    }
    return {
      size: Math.ceil(size / align) * align,
      align,
      read: (view, at) =>
        Object.fromEntries(members.map((member) => [member.name, member.layout.read(view, at + member.at)])),
    };
  };
  for (const [, anonymous, type, alias, name, body] of code.matchAll(
    /typedef struct \{([^}]*)\} \w+;|typedef (\w+) (\w+);|^struct (\w+) \{([^}]*)\};/gm,
  )) {
    if (anonymous !== undefined) found.set('oh_ip', struct(anonymous));
    else if (type !== undefined && alias !== undefined) found.set(alias, found.get(type) ?? integer(4));
    else if (name !== undefined && body !== undefined) found.set(`struct ${name}`, struct(body));
  }
  return found;
}
