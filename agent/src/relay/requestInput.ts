/** Bytes of a client that wait to be looked at, and the head and body that lie in them. */
import type { BodyTracker } from './bodyTracker.js';
import { HeadCollector } from './headCollector.js';
import { HeadScanner } from './headScanner.js';

/** A head that is scanned to its end or to a fault. Valid until the next call of the input that gave it. */
export interface ScannedHead {
  readonly scanner: HeadScanner;
  readonly bytes: Buffer;
  readonly base: number;
}

export class RequestInput {
  #bytes: Buffer | undefined;
  #at = 0;
  /** A head that is not complete yet: then #bytes is undefined. */
  #collector: HeadCollector | undefined;

  /** No byte waits. */
  get empty(): boolean {
    return this.#bytes === undefined && this.#collector === undefined;
  }

  /** Only the beginning of a head waits. */
  get partial(): boolean {
    return this.#collector !== undefined;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#bytes === undefined ? (this.#collector?.length ?? 0) : this.#bytes.length - this.#at;
  }

  push(chunk: Buffer): void {
    if (this.#collector !== undefined) {
      this.#collector.append(chunk);
      return;
    }
    this.#bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** Puts bytes before those that wait. */
  unshift(bytes: Buffer): void {
    const waiting = this.#collector === undefined ? this.#bytes?.subarray(this.#at) : this.#collector.bytes;
    this.#collector = undefined;
    this.#bytes = waiting === undefined ? bytes : Buffer.concat([bytes, waiting]);
    this.#at = 0;
  }

  /** Scans the head that the waiting bytes begin with. Undefined: it is not complete. */
  scanHead(): ScannedHead | undefined {
    let collector = this.#collector;
    if (collector === undefined) {
      const bytes = this.#bytes;
      if (bytes === undefined) return undefined;
      scanner.reset('request');
      if (scanner.scan(bytes, this.#at, bytes.length)) return { scanner, bytes, base: this.#at };
      collector = new HeadCollector('request', bytes.subarray(this.#at));
      this.#collector = collector;
      this.#bytes = undefined;
    }
    if (!collector.scan()) return undefined;
    this.#collector = undefined;
    this.#bytes = collector.bytes;
    this.#at = 0;
    return { scanner: collector.scanner, bytes: this.#bytes, base: 0 };
  }

  /** Takes `skip` bytes (a head) and what belongs to the body after them. */
  take(skip: number, body: BodyTracker): Buffer {
    const bytes = this.#bytes;
    if (bytes === undefined) return nothing;
    const from = this.#at;
    const end = body.take(bytes, from + skip, bytes.length);
    this.#at = end;
    if (end === bytes.length) this.clear();
    return from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end);
  }

  /** Drops bytes of a head that is sent on in another form. */
  skip(count: number): void {
    if (this.#bytes === undefined) return;
    this.#at += count;
    if (this.#at === this.#bytes.length) this.clear();
  }

  /** Takes everything. */
  takeAll(): Buffer {
    const bytes = this.#collector?.bytes ?? this.#bytes?.subarray(this.#at) ?? nothing;
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#bytes = undefined;
    this.#collector = undefined;
    this.#at = 0;
  }
}

const nothing = Buffer.alloc(0);

/** For heads that come in one piece. */
const scanner = new HeadScanner();
