/** What all plots share: text in SVG, colours that follow the reader's theme, axes. */

/**
 * Families of arms are told apart by colour, arms by their label. The contrast of fills to either background is at
 * least 3 to 1.
 */
export const plotStyle = `
.plot { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; }
.plot text { fill: #1f2328; }
.plot .title { font-size: 14px; font-weight: 600; }
.plot .faint { fill: #59636e; }
.plot .grid { stroke: #d1d9e0; stroke-width: 1; }
.plot .base { stroke: #59636e; stroke-width: 1; stroke-dasharray: 4 3; }
.plot .whisker { stroke: #1f2328; stroke-width: 1.25; fill: none; }
.plot .none { fill: #7d8590; }
.plot .ours { fill: #1f6feb; }
.plot .relay { fill: #6e9ff0; }
.plot .envoy { fill: #c2570c; }
.plot .client { fill: #7d8590; }
.plot .server { fill: #a8b0b9; }
.plot .mesh { fill: #1f6feb; }
.plot .threads { fill: #9a6fe0; }
@media (prefers-color-scheme: dark) {
  .plot text { fill: #e6edf3; }
  .plot .faint { fill: #9198a1; }
  .plot .grid { stroke: #30363d; }
  .plot .base { stroke: #9198a1; }
  .plot .whisker { stroke: #e6edf3; }
  .plot .none { fill: #8b949e; }
  .plot .ours { fill: #4493f8; }
  .plot .relay { fill: #79a8ee; }
  .plot .envoy { fill: #e8793a; }
  .plot .client { fill: #8b949e; }
  .plot .server { fill: #6b747e; }
  .plot .mesh { fill: #4493f8; }
  .plot .threads { fill: #b08df0; }
}`;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** @param label read aloud instead of the picture */
export function svg({ width, height }: Size, label: string, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" aria-label="${escaped(label)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    ...content,
    '</svg>',
  ].join('\n');
}

/** A plot as a file of its own: with its style and a background that shows nothing of the page's. */
export function standalone(plot: string): string {
  const background =
    '<style>.sheet { fill: #ffffff } @media (prefers-color-scheme: dark) { .sheet { fill: #0d1117 } }</style>' +
    '<rect class="sheet" width="100%" height="100%" rx="6"/>';
  return `${plot.replace(/>\n/, `>\n<style>${plotStyle}\n</style>\n${background}\n`)}\n`;
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, name: string): string {
  return `<line class="${name}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

/** With the value as a tooltip. */
export function bar(x: number, y: number, size: Size, name: string, title: string): string {
  return `<rect class="${name}" x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, size.width))}" height="${round(size.height)}"><title>${escaped(title)}</title></rect>`;
}

/** From min to max, with ends. */
export function whisker(from: number, to: number, y: number): string {
  const end = 3.5;
  return `<path class="whisker" d="M${round(from)} ${round(y - end)}v${end * 2}M${round(from)} ${round(y)}H${round(to)}M${round(to)} ${round(y - end)}v${end * 2}"/>`;
}

export function escaped(content: string): string {
  return content.replace(
    /[&<>"]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c,
  );
}

/** Round steps (1, 2 or 5 times a power of ten) from 0 to at least `max`, at most `count` of them. */
export function ticks(max: number, count: number): number[] {
  if (!(max > 0)) return [0, 1];
  const raw = max / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, i) =>
    Number((i * step).toPrecision(6)),
  );
}

/** 95300 as 95.3 k. */
export function short(value: number): string {
  const [scaled, unit] =
    value >= 1e9
      ? [value / 1e9, ' G']
      : value >= 1e6
        ? [value / 1e6, ' M']
        : value >= 1e3
          ? [value / 1e3, ' k']
          : [value, ''];
  return `${Number(scaled.toPrecision(3))}${unit}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
