// core/src/api/*.proto → core/src/api/*.generated.ts: the messages and methods as TypeScript types, with the comments
// of the .proto. The values are those of @grpc/proto-loader under `loaderOptions`, which the generated file carries too.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const folder = fileURLToPath(new URL('../src/api', import.meta.url));
const scalars = {
  string: 'string',
  bytes: 'Uint8Array',
  bool: 'boolean',
  ...Object.fromEntries(
    ['double', 'float', 'int32', 'uint32', 'sint32', 'fixed32', 'sfixed32'].map((name) => [name, 'number']),
  ),
  // `longs: Number`: every 64-bit value of this API that may exceed 2^53 is a string in the .proto.
  ...Object.fromEntries(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'].map((name) => [name, 'number'])),
};

for (const file of readdirSync(folder).filter((name) => name.endsWith('.proto'))) {
  const text = generate(readFileSync(join(folder, file), 'utf8'), file);
  const target = join(folder, file.replace(/\.proto$/, '.generated.ts'));
  if (!sameAsOnDisk(target, text)) writeFileSync(target, text);
}

function sameAsOnDisk(path, text) {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}

function generate(source, file) {
  const { root, package: name } = protobuf.parse(source, { alternateCommentMode: true });
  // Comments are in the types; the descriptor at run time needs none.
  const descriptor = JSON.stringify(root.resolveAll().toJSON({ keepComments: false }));
  const out = [
    `// Generated from ${file} by core/tools/generate-api.mjs. Do not edit.`,
    "import type protobuf from 'protobufjs/light.js';",
    '',
    `export const protoFile = '${file}';`,
    `/** The same as @grpc/proto-loader's fromJSON() takes it: whoever speaks this API needs no file. */`,
    `export const protoJson = JSON.parse(${JSON.stringify(descriptor)}) as protobuf.INamespace;`,
    `export const protoPackage = '${name}';`,
    '/** What @grpc/proto-loader must be told for these types to hold. */',
    'export const loaderOptions = { keepCase: false, longs: Number, enums: String, defaults: true, oneofs: false } as const;',
  ];
  for (const item of root.lookup(name).nestedArray) {
    if (item instanceof protobuf.Type) out.push('', ...message(item));
    else if (item instanceof protobuf.Service) out.push('', ...service(item));
    else throw new Error(`${file}: ${item.fullName} is neither a message nor a service`);
  }
  return out.join('\n') + '\n';
}

function message(type) {
  if (type.fieldsArray.length === 0)
    return [...comment(type.comment, ''), `export type ${type.name} = Record<string, never>;`];
  return [
    ...comment(type.comment, ''),
    `export interface ${type.name} {`,
    ...type.fieldsArray.flatMap((field) => [...comment(field.comment, '  '), `  readonly ${member(field)};`]),
    '}',
  ];
}

function member(field) {
  const optional = field.options?.proto3_optional === true;
  const scalar = scalars[field.type];
  const one = scalar ?? field.type;
  if (field.map) return `${field.name}: Readonly<Record<string, ${one}>>`;
  if (field.repeated) return `${field.name}: readonly ${one}[]`;
  if (scalar === undefined) return `${field.name}: ${one} | null`;
  return `${field.name}${optional ? '?' : ''}: ${one}`;
}

function service(item) {
  return [
    `/** The methods of ${item.fullName.slice(1)}. */`,
    `export interface ${item.name}Methods {`,
    ...item.methodsArray.flatMap((method) => [
      ...comment(method.comment, '  '),
      `  readonly ${method.name}: { readonly request: ${method.requestType}; readonly response: ${method.responseType}; readonly stream: ${method.responseStream === true} };`,
    ]),
    '}',
  ];
}

function comment(text, indent) {
  return text ? [`${indent}/** ${text.replaceAll('\n', ' ')} */`] : [];
}
