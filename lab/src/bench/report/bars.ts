/** Horizontal bars: one a label, with whiskers or in parts. */
import type { Spread } from '../statistics.js';
import { bar, line, short, svg, text, ticks, whisker } from './svg.js';

export interface Bar {
  readonly label: string;
  /** Class of the fill. */
  readonly fill: string;
  readonly value: Spread;
  /** Behind the bar. */
  readonly note: string;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface BarPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly groups: readonly BarGroup[];
  readonly unit: string;
  /** A line across all bars, such as 1 for no mesh. */
  readonly base?: number;
}

export interface Part {
  readonly name: string;
  readonly fill: string;
  readonly value: number;
}

export interface StackPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly parts: readonly Part[] }[];
}

const width = 760;
const left = 150;
const right = 150;
const rowHeight = 24;
const barHeight = 14;
const headHeight = 54;
const groupHeight = 26;
const axisHeight = 36;

export function barPlot({ title, subtitle, groups, unit, base }: BarPlot): string {
  const values = groups.flatMap(({ bars }) => bars.map(({ value }) => value.max));
  const axis = ticks(Math.max(base ?? 0, ...values), 6);
  const scale = scaleTo(axis);
  const content = heading(title, subtitle);
  let y = headHeight;
  for (const { title: name, bars } of groups) {
    if (name !== '') {
      content.push(text(left, y + 16, name, 'class="faint"'));
      y += groupHeight;
    }
    for (const { label, fill, value, note } of bars) {
      const middle = y + rowHeight / 2;
      const said = `${label}: ${short(value.median)} ${unit} (${short(value.min)} to ${short(value.max)})`;
      content.push(
        text(left - 8, middle + 4, label, 'text-anchor="end"'),
        bar(
          left,
          middle - barHeight / 2,
          { width: scale(value.median) - left, height: barHeight },
          fill,
          said,
        ),
        whisker(scale(value.min), scale(value.max), middle),
        text(scale(Math.max(value.max, value.median)) + 8, middle + 4, note, 'class="faint"'),
      );
      y += rowHeight;
    }
  }
  return finish(title, content, axis, scale, y, unit, base);
}

export function stackPlot({ title, subtitle, unit, bars }: StackPlot): string {
  const total = ({ parts }: StackPlot['bars'][number]): number =>
    parts.reduce((sum, { value }) => sum + value, 0);
  const axis = ticks(Math.max(...bars.map(total)), 6);
  const scale = scaleTo(axis);
  const content = [...heading(title, subtitle), ...legend(bars)];
  let y = headHeight + 24;
  for (const one of bars) {
    const middle = y + rowHeight / 2;
    content.push(text(left - 8, middle + 4, one.label, 'text-anchor="end"'));
    let from = 0;
    for (const { name, fill, value } of one.parts) {
      const size = { width: scale(from + value) - scale(from), height: barHeight };
      content.push(bar(scale(from), middle - barHeight / 2, size, fill, `${name}: ${short(value)} ${unit}`));
      from += value;
    }
    content.push(text(scale(from) + 8, middle + 4, short(from), 'class="faint"'));
    y += rowHeight;
  }
  return finish(title, content, axis, scale, y, unit, undefined);
}

function heading(title: string, subtitle: string): string[] {
  return [text(16, 22, title, 'class="title"'), text(16, 40, subtitle, 'class="faint"')];
}

function legend(bars: StackPlot['bars']): string[] {
  const names = new Map(bars.flatMap(({ parts }) => parts.map(({ name, fill }) => [name, fill] as const)));
  let x = left;
  return [...names].flatMap(([name, fill]) => {
    const at = x;
    x += 26 + name.length * 7.4;
    return [
      bar(at, headHeight + 2, { width: 11, height: 11 }, fill, name),
      text(at + 16, headHeight + 12, name),
    ];
  });
}

function scaleTo(axis: readonly number[]): (value: number) => number {
  const last = axis.at(-1) ?? 1;
  return (value) => left + (value / last) * (width - left - right);
}

function finish(
  title: string,
  content: readonly string[],
  axis: readonly number[],
  scale: (value: number) => number,
  y: number,
  unit: string,
  base: number | undefined,
): string {
  const grid = axis.map((tick) => line(scale(tick), headHeight, scale(tick), y + 4, 'grid'));
  const marks = axis.map((tick) =>
    text(scale(tick), y + 18, short(tick), 'class="faint" text-anchor="middle"'),
  );
  const over = base === undefined ? [] : [line(scale(base), headHeight, scale(base), y + 4, 'base')];
  return svg({ width, height: y + axisHeight }, title, [
    ...grid,
    ...content,
    ...over,
    ...marks,
    text(width - 12, y + 18, unit, 'class="faint" text-anchor="end"'),
  ]);
}
