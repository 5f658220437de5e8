/** The text of a file of resources cut into one part a resource, so that a change of one leaves the others alone. */

export interface TextPart {
  readonly text: string;
  /** Lines of the file before the part. */
  readonly line: number;
}

/**
 * The elements of a list `resources:` that is all there is in a document, each with the comments before it. Cut between
 * lines, so that columns stay. A part is YAML by itself: a list with one element. undefined for any other text, and where the
 * parts may need each other: anchors, several documents.
 */
export function splitResources(text: string): readonly TextPart[] | undefined {
  const head =
    /^(?:\ufeff?(?:[ ]*(?:#[^\n]*)?\n)*(?:---[ ]*(?:#[^\n]*)?\n(?:[ ]*(?:#[^\n]*)?\n)*)?)resources:[ ]*(?:#[^\n]*)?\n/.exec(
      text,
    );
  if (
    head === null ||
    /(?:^|[\s[{,:-])[&*][^\s,\]}"']|\r|^(?:---|\.\.\.|%)/m.test(text.slice(head[0].length))
  )
    return undefined;
  const starts = startsOf(text, head[0].length);
  if (starts === undefined || starts.length === 0) return undefined;
  // The comments between the head and the first element are of that element.
  const cuts = [head[0].length, ...starts.slice(1)];
  let line = 0;
  let counted = 0;
  return cuts.map((start, index) => {
    for (let at = text.indexOf('\n', counted); at >= 0 && at < start; at = text.indexOf('\n', at + 1)) line++;
    counted = start;
    return { text: text.slice(start, cuts[index + 1] ?? text.length), line };
  });
}

/** Where each element begins, with the comments right before it; undefined when something else comes between or behind them. */
function startsOf(text: string, from: number): number[] | undefined {
  const starts: number[] = [];
  let indent = -1;
  /** Where comments began that may belong to the next element. */
  let comments = -1;
  for (let at = from; at < text.length;) {
    const end = text.indexOf('\n', at);
    let first = at;
    while (text.charCodeAt(first) === 0x20) first++;
    const column = first - at;
    const code = text.charCodeAt(first);
    const isBlank = code === 0x0a || Number.isNaN(code);
    if (code === 0x23 && (indent < 0 || column <= indent)) {
      if (comments < 0) comments = at;
    } else if (!isBlank) {
      const isElement = code === 0x2d && /[ \n]/.test(text.charAt(first + 1));
      if (indent < 0) indent = column;
      if (column < indent || (column === indent && !isElement)) return undefined;
      if (column === indent) starts.push(comments < 0 ? at : comments);
      comments = -1;
    }
    if (end < 0) break;
    at = end + 1;
  }
  return starts;
}
