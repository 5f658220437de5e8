import type { Style } from './style.js';

/** The three paths, each with a shape of its own: never told apart by colour alone. */
const shapes = { direct: '─', kernel: '●', relay: '▲' } as const;

export type PathName = keyof typeof shapes;

export function isPath(name: string): name is PathName {
  return name in shapes;
}

/** `● kernel`, or `? unknown`. */
export function pathText(name: string | null): string {
  return name !== null && isPath(name) ? `${shapes[name]} ${name}` : '? unknown';
}

export function dressPath(text: string, name: string | null, style: Style): string {
  return name !== null && isPath(name) ? style(name, text) : style('faint', text);
}
