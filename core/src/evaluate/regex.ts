/**
 * RE2 regular expressions, as Envoy uses them: for matches of a whole text and for replacements (RE2::FullMatch,
 * RE2::GlobalReplace). Envoy 1.40 has RE2 read Latin-1: texts are octets, one character each, and so is the pattern, in which a
 * character beyond ASCII counts as the octets of its UTF-8.
 */
import { RE2JS } from 're2js';
import { octetsOf } from './request.js';

/** Why the pattern cannot be compiled, a whole sentence; undefined: it can. */
export function regexFault(pattern: string): string | undefined {
  if (/(?:^|[^\\])(?:\\\\)*\\C/.test(pattern))
    return 'OneHop does not do "\\C", a single byte of a character.';
  try {
    compiled(pattern);
    return undefined;
  } catch (error) {
    return `The regular expression is none of RE2: ${(error as Error).message}.`;
  }
}

/** Does the pattern match the whole text? */
export function fullMatch(pattern: string, text: string): boolean {
  return compiled(pattern).matcher(text).matches();
}

/**
 * The text with every match replaced. In the substitution "\0" is the match, "\1" to "\9" its groups, "\\" a backslash; with
 * another escape, or a group that the pattern has not, nothing is replaced, as in RE2.
 */
export function replaceAll(pattern: string, text: string, substitution: string): string {
  const regex = compiled(pattern);
  const parts = substitutionParts(substitution, regex.groupCount());
  if (parts === undefined) return text;
  const matcher = regex.matcher(text);
  let result = '';
  let last = 0;
  let first = true;
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    // RE2 takes no empty match at the end of the one before
    if (!first && start === end && start === last) continue;
    result += text.slice(last, start);
    for (const part of parts) result += typeof part === 'string' ? part : (matcher.group(part) ?? '');
    last = end;
    first = false;
  }
  return first ? text : result + text.slice(last);
}

function substitutionParts(substitution: string, groups: number): (string | number)[] | undefined {
  const parts: (string | number)[] = [];
  for (let i = 0; i < substitution.length; i++) {
    if (substitution[i] !== '\\') {
      parts.push(substitution[i] as string);
      continue;
    }
    const next = substitution[++i] ?? '';
    if (next === '\\') parts.push(next);
    else if (/[0-9]/.test(next) && Number(next) <= groups) parts.push(Number(next));
    else return undefined;
  }
  return parts;
}

const known = new Map<string, RE2JS>();
const KNOWN_MOST = 4096;

/** Throws when RE2 refuses the pattern. */
export function compiled(pattern: string): RE2JS {
  let regex = known.get(pattern);
  if (regex === undefined) {
    regex = RE2JS.compile(octetsOf(pattern));
    if (known.size >= KNOWN_MOST) known.clear();
    known.set(pattern, regex);
  }
  return regex;
}
