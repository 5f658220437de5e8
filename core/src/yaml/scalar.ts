import type { JsonPrimitive } from '../resources/model.js';

/** How unquoted scalars are read. */
export type ScalarStyle = 'envoy' | 'core' | 'json';

/**
 * What an unquoted YAML scalar means, as Envoy's loader (yaml-cpp) reads it: booleans true/yes/on/y and their opposites in lower,
 * upper or title case, whole numbers (decimal, 0x…, octal 0…), null; everything else is text. A fraction stays text, which
 * proto3 JSON takes where it wants a number.
 */
export function envoyScalar(text: string): JsonPrimitive {
  if (NULLS.has(text)) return null;
  const flag = BOOLEANS.get(text);
  if (flag !== undefined) return flag;
  const number = wholeNumber(text);
  if (number === undefined) return text;
  return number >= -(2n ** 31n) && number < 2n ** 31n ? Number(number) : number.toString();
}

/** What an unquoted scalar means in YAML 1.2 (core schema), for our own files: `on` and `y` are text. */
export function coreScalar(text: string): JsonPrimitive {
  if (NULLS.has(text)) return null;
  if (/^(true|True|TRUE|false|False|FALSE)$/.test(text)) return text.toLowerCase() === 'true';
  if (/^0o[0-7]+$|^0x[0-9a-fA-F]+$|^[-+]?\d+$|^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text)) {
    const number = Number(text);
    return Number.isFinite(number) ? number : text;
  }
  return text;
}

/** What an unquoted token of a JSON file means; undefined when JSON has no such token. */
export function jsonScalar(text: string): JsonPrimitive | undefined {
  if (text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);

const BOOLEANS: ReadonlyMap<string, boolean> = new Map(
  [
    ['y', 'n'],
    ['yes', 'no'],
    ['true', 'false'],
    ['on', 'off'],
  ].flatMap(([yes = '', no = '']) =>
    [
      (word: string) => word,
      (word: string) => word.toUpperCase(),
      (word: string) => word.charAt(0).toUpperCase() + word.slice(1),
    ].flatMap((shape): [string, boolean][] => [
      [shape(yes), true],
      [shape(no), false],
    ]),
  ),
);

function wholeNumber(text: string): bigint | undefined {
  const found = /^([+-]?)(0[xX][0-9a-fA-F]{1,16}|\d{1,20})$/.exec(text);
  if (found === null) return undefined;
  const [, sign, digits = ''] = found;
  let size: bigint;
  if (/^0[xX]/.test(digits)) size = BigInt(digits);
  else if (/^0\d/.test(digits)) {
    if (!/^[0-7]+$/.test(digits)) return undefined;
    size = BigInt(`0o${digits}`);
  } else size = BigInt(digits);
  const value = sign === '-' ? -size : size;
  return value >= -(2n ** 63n) && value < 2n ** 63n ? value : undefined;
}
