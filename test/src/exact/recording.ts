/** What one end of a connection received. */
import { createHash } from 'node:crypto';

/** How the other side ended what it sends: `open` not at all, `refused` the connection never stood. */
export type End = 'open' | 'fin' | 'rst' | 'refused';

/** Bytes as they cross from a program to the test: all of them, or enough to find the first that differ. */
export interface Received {
  readonly length: number;
  readonly hash: string;
  /** Latin-1: everything, or the beginning. */
  readonly text: string;
  /** Hashes of blocks of {@link blockSize} bytes, when `text` is not everything. */
  readonly blocks: readonly string[];
}

export const blockSize = 16 * 1024;
const shown = 8 * 1024;

/** Bytes in the order of their arrival, and how far a script has looked at them. */
export class Recording {
  #chunks: Buffer[] = [];
  #length = 0;
  #joined: Buffer | undefined;
  #taken = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#joined = undefined;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    if (this.#joined === undefined) {
      this.#joined = Buffer.concat(this.#chunks);
      this.#chunks = [this.#joined];
    }
    return this.#joined;
  }

  /** Takes `count` bytes; false: they are not there yet. */
  take(count: number): boolean {
    if (this.#length < this.#taken + count) return false;
    this.#taken += count;
    return true;
  }

  /** Takes everything to the end of `text`; false: it is not there yet. */
  takeUntil(text: string): boolean {
    const at = this.bytes.indexOf(text, this.#taken, 'latin1');
    if (at < 0) return false;
    this.#taken = at + text.length;
    return true;
  }

  /** Bytes that were taken. */
  get taken(): Buffer {
    return this.bytes.subarray(0, this.#taken);
  }

  /** Bytes that were not. */
  get rest(): Buffer {
    return this.bytes.subarray(this.#taken);
  }

  /** Forgets what was not taken. */
  forget(): void {
    this.#joined = this.bytes.subarray(0, this.#taken);
    this.#chunks = [this.#joined];
    this.#length = this.#taken;
  }

  received(): Received {
    const { bytes } = this;
    const blocks: string[] = [];
    if (bytes.length > shown)
      for (let at = 0; at < bytes.length; at += blockSize)
        blocks.push(digest(bytes.subarray(at, at + blockSize)));
    return { length: bytes.length, hash: digest(bytes), text: bytes.toString('latin1', 0, shown), blocks };
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
