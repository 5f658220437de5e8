import type { Readable } from 'node:stream';

/** What comes over standard input: first the body, then `go`. */
export class Input {
  #buffered = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(private readonly stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      this.#buffered = Buffer.concat([this.#buffered, chunk]);
      this.#wake?.();
    });
    stream.on('end', () => this.#end());
    stream.on('error', () => this.#end());
  }

  /** Undefined when the input ends before. */
  async bytes(length: number): Promise<Buffer | undefined> {
    while (this.#buffered.length < length) {
      if (this.#ended) return undefined;
      await this.#more();
    }
    const taken = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(length);
    return taken;
  }

  /** A line without its end. Undefined when the input ends before. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffered.indexOf('\n');
      if (end >= 0) return ((await this.bytes(end + 1)) ?? Buffer.alloc(0)).toString().trimEnd();
      if (this.#ended) return undefined;
      await this.#more();
    }
  }

  close(): void {
    this.stream.destroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}
