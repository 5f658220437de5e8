/** SGR codes by what they mean; no command names a colour. */
const codes = {
  strong: [1, 22],
  faint: [2, 22],
  good: [32, 39],
  bad: [31, 39],
  warning: [33, 39],
  direct: [32, 39],
  kernel: [34, 39],
  relay: [33, 39],
} as const;

export type Tone = keyof typeof codes;

export interface Style {
  (tone: Tone, text: string): string;
}

export const plain: Style = (_tone, text) => text;

export const colored: Style = (tone, text) => {
  const [on, off] = codes[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

/** https://no-color.org and FORCE_COLOR, else whether the output is a terminal that knows colours. */
export function wantsColor(isTTY: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  return isTTY && env['TERM'] !== 'dumb';
}

/**
 * Text from outside (a request's path, a map's bytes) without what a terminal would act on:
 * C0, DEL and C1 controls become \xNN.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Columns that a text takes: escape sequences none, characters of wide scripts two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text.replace(/\u001b\[[0-9;]*m/g, '')) width += isWide(char) ? 2 : 1;
  return width;
}

function isWide(char: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]/u.test(char);
}
