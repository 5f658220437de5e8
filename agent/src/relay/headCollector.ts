import { HeadScanner } from './headScanner.js';

/** A head that arrives in pieces: its bytes so far, in one buffer. */
export class HeadCollector {
  readonly scanner = new HeadScanner();
  #buffer: Buffer;
  #length = 0;

  constructor(kind: 'request' | 'response', first: Uint8Array) {
    this.scanner.reset(kind);
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(1024, first.length * 2));
    this.append(first);
  }

  /** All bytes so far, those after the head included. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** Adds bytes and goes on scanning: see {@link HeadScanner.scan}. */
  add(bytes: Uint8Array): boolean {
    this.append(bytes);
    return this.scan();
  }

  scan(): boolean {
    return this.scanner.scan(this.#buffer, 0, this.#length);
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(length * 2);
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}
