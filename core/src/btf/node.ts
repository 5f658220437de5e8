import type { BtfValue } from './value.js';

/** How to read and write one type inside of a larger value. Callers have checked the bounds. */
export interface Node {
  readonly size: number;
  /** Leaves that a read visits: keeps types that overlap themselves from costing unbounded time. */
  readonly weight: number;
  /** Of structs and unions: what an enclosing type takes over when the member is anonymous. */
  readonly fields?: readonly Field[];
  read(view: DataView, at: number): BtfValue;
  /** The bytes are zero before. Throws `ValueError` and nothing else. */
  write(view: DataView, at: number, value: unknown): void;
}

export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly weight: number;
  read(view: DataView, at: number): BtfValue;
  write(view: DataView, at: number, value: unknown): void;
}

/** A JavaScript value that does not fit; collects the path on the way up. */
export class ValueError extends Error {
  #path = '';

  within(step: string | number): this {
    this.#path = (typeof step === 'number' ? `[${step}]` : `.${step}`) + this.#path;
    return this;
  }

  describe(typeName: string): string {
    return this.#path === ''
      ? `${typeName}: ${this.message}`
      : `${typeName}: field ${this.#path.replace(/^\./, '')}: ${this.message}`;
  }
}

export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Uint8Array) return 'bytes';
  return `a value of type ${typeof value}`;
}
