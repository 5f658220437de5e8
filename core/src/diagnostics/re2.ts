/**
 * What RE2 refuses of a regular expression that other engines take. Only what is certain: a pattern that passes may still be
 * refused by Envoy for its size. Follows https://github.com/google/re2/wiki/Syntax.
 */

export interface RegexFault {
  /** Whole sentences. */
  readonly message: string;
  readonly hint: string;
}

/** undefined: nothing found. */
export function re2Fault(pattern: string): RegexFault | undefined {
  const open: number[] = [];
  let canRepeat = false;
  let repeated = false;
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at, at + 80);
    const letter = rest[0] as string;
    if (letter === '\\') {
      const escape = escapeAt(pattern, at);
      if ('message' in escape) return escape;
      at += escape.length;
      canRepeat = true;
      repeated = false;
    } else if (letter === '[') {
      const set = classAt(pattern, at);
      if ('message' in set) return set;
      at += set.length;
      canRepeat = true;
      repeated = false;
    } else if (letter === '(') {
      const fault = groupFault(rest);
      if (fault !== undefined) return fault;
      const flags = /^\(\?[imsU]*(?:-[imsU]+)?\)/.exec(rest);
      if (flags === null) open.push(at);
      at +=
        flags?.[0].length ?? /^\(\?(?:P?<[A-Za-z0-9_]+>|[imsU]*(?:-[imsU]+)?:)/.exec(rest)?.[0].length ?? 1;
      // Flags stand for nothing: what comes after them repeats what stands before.
      canRepeat = flags !== null && (canRepeat || repeated);
      repeated = false;
    } else if (letter === ')') {
      if (open.pop() === undefined) return fault('A ")" has no "(".', 'Write "\\)" for the character.');
      at += 1;
      canRepeat = true;
      repeated = false;
    } else {
      const count = /^[*+?]|^\{(\d+)(?:(,)(\d*))?\}/.exec(rest);
      if (count === null) {
        canRepeat = letter !== '|';
        repeated = false;
        at += 1;
        continue;
      }
      // "^*" and "|*": RE2 takes a repeated anchor and refuses a repetition of nothing.
      if (!canRepeat && !repeated)
        return fault(`"${count[0]}" repeats nothing.`, 'Write what is to be repeated before it.');
      if (repeated)
        return fault(
          `"${count[0]}" follows another repetition, which RE2 refuses.`,
          'RE2 has no possessive repetition: it never goes back, so the plain one is as fast.',
        );
      const [least, most] = [
        Number(count[1] ?? 0),
        Number(count[3] === undefined || count[3] === '' ? (count[1] ?? 0) : count[3]),
      ];
      if (least > 1000 || most > 1000)
        return fault(
          `"${count[0]}" repeats more than 1000 times.`,
          'RE2 repeats at most 1000 times; use "*" or "+".',
        );
      if (most < least)
        return fault(`"${count[0]}" has its numbers in the wrong order.`, 'Write the smaller one first.');
      at += count[0].length;
      if (pattern[at] === '?') at += 1;
      canRepeat = false;
      repeated = true;
    }
  }
  return open.length > 0
    ? fault('A "(" is not closed.', 'Add ")", or write "\\(" for the character.')
    : undefined;
}

function fault(message: string, hint: string): RegexFault {
  return { message, hint };
}

const NO_LOOKAROUND =
  'RE2 has no lookaround: match more exactly, or use a second route or an inverted header match.';

function groupFault(rest: string): RegexFault | undefined {
  const look = /^\(\?(?:<?[=!])/.exec(rest)?.[0];
  if (look !== undefined) return fault(`"${look}" is lookaround, which RE2 does not have.`, NO_LOOKAROUND);
  if (rest.startsWith('(?>'))
    return fault('"(?>" is an atomic group, which RE2 does not have.', 'Use "(?:".');
  if (rest.startsWith('(?P='))
    return fault('"(?P=" is a backreference, which RE2 does not have.', NO_BACKREFERENCE);
  if (rest.startsWith('(?#')) return fault('"(?#" is a comment, which RE2 does not have.', 'Leave it out.');
  if (/^\(\?[R0-9&(|]/.test(rest))
    return fault(
      `"${rest.slice(0, 3)}" is recursion or a condition, which RE2 does not have.`,
      'Write the expression without it.',
    );
  if (rest.startsWith('(*'))
    return fault('"(*" is a verb of another engine, which RE2 does not have.', 'Leave it out.');
  return undefined;
}

const NO_BACKREFERENCE = 'RE2 cannot compare with what a group matched: write the choices out.';

function escapeAt(pattern: string, at: number): RegexFault | { readonly length: number } {
  const next = pattern[at + 1];
  if (next === undefined) return fault('The expression ends in "\\".', 'Write "\\\\" for the character.');
  // \123 is octal to RE2; \1 to \9 alone are not.
  if (/[1-9]/.test(next)) {
    const octal = /^\\[1-7][0-7]{1,2}/.exec(pattern.slice(at, at + 4));
    return octal === null
      ? fault(`"\\${next}" is a backreference, which RE2 does not have.`, NO_BACKREFERENCE)
      : { length: octal[0].length };
  }
  if (next === 'k') return fault('"\\k" is a backreference, which RE2 does not have.', NO_BACKREFERENCE);
  if (next === 'Q') {
    const end = pattern.indexOf('\\E', at);
    return { length: end < 0 ? pattern.length - at : end + 2 - at };
  }
  const known = UNKNOWN_ESCAPES[next];
  if (known !== undefined)
    return fault(`"\\${next}" ${known}, which RE2 does not have.`, 'Write it with a class such as [0-9a-f].');
  const property = /^\\[pP]\{[^}]*\}/.exec(pattern.slice(at, at + 60));
  return {
    length:
      property?.[0].length ??
      (next === 'x'
        ? (/^\\x(?:\{[0-9a-fA-F]+\}|[0-9a-fA-F]{2})/.exec(pattern.slice(at, at + 14))?.[0].length ?? 2)
        : 2),
  };
}

/** Letters that RE2 refuses after "\\". */
const UNKNOWN_ESCAPES: Readonly<Record<string, string>> = {
  G: 'is the end of the last match',
  K: 'drops what was matched before',
  Z: 'is the end of the text',
  R: 'is a line break of any kind',
  X: 'is a grapheme',
  h: 'is a horizontal blank',
  H: 'is anything but a horizontal blank',
  V: 'is anything but a vertical blank',
  N: 'is a named character',
  u: 'is a character by its number',
  e: 'is the escape character',
  c: 'is a control character',
};

function classAt(pattern: string, at: number): RegexFault | { readonly length: number } {
  let end = at + 1;
  if (pattern[end] === '^') end++;
  if (pattern[end] === ']') end++;
  for (; end < pattern.length;) {
    const letter = pattern[end];
    if (letter === ']') return { length: end + 1 - at };
    if (letter === '[' && pattern[end + 1] === ':') {
      const named = pattern.indexOf(':]', end + 2);
      end = named < 0 ? end + 1 : named + 2;
    } else if (letter === '\\') {
      const next = pattern[end + 1] ?? '';
      if ('AbBzQ'.includes(next) && next !== '')
        return fault(
          `"\\${next}" means nothing between "[" and "]", and RE2 refuses it there.`,
          'Put it outside of the brackets.',
        );
      end += 2;
    } else end += 1;
  }
  return fault('A "[" is not closed.', 'Add "]", or write "\\[" for the character.');
}
