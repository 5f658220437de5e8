import { displayWidth, printable, type Style } from './style.js';

export interface Column<Row> {
  readonly title: string;
  /** The cell's text; controls in it are made visible. */
  readonly text: (row: Row) => string;
  /** Dresses the cell after its width is known. */
  readonly dress?: (text: string, row: Row) => string;
  readonly align?: 'right';
}

/** Aligned columns, two spaces apart, titles first. Columns that are empty in every row are left out. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], style: Style): string {
  const shown = columns
    .map((column) => ({ column, cells: rows.map((row) => printable(column.text(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map((entry) => ({
      ...entry,
      width: Math.max(...[entry.column.title, ...entry.cells].map(displayWidth)),
    }));
  const line = (cell: (entry: (typeof shown)[number]) => { text: string; width: number }): string =>
    shown
      .map((entry, i) => {
        const { text, width } = cell(entry);
        const fill = ' '.repeat(entry.width - width);
        if (entry.column.align === 'right') return fill + text;
        return i === shown.length - 1 ? text : text + fill;
      })
      .join('  ')
      .trimEnd();
  const head = line(({ column }) => ({
    text: style('faint', column.title),
    width: displayWidth(column.title),
  }));
  const body = rows.map((row, i) =>
    line(({ column, cells }) => {
      const text = cells[i] ?? '';
      return { text: column.dress?.(text, row) ?? text, width: displayWidth(text) };
    }),
  );
  return [head, ...body].map((text) => `${text}\n`).join('');
}
