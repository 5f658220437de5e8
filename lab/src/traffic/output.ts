import type { TrafficLine } from './lines.js';

/** Characters after which collected lines are written. */
const FULL = 64 * 1024;

/** Writes lines in bundles: a system call for each would cost as much as the request. */
export class Output {
  #text = '';
  #planned = false;

  constructor(private readonly write: (text: string) => void) {}

  line(line: TrafficLine): void {
    this.#text += `${JSON.stringify(line)}\n`;
    if (this.#text.length >= FULL) this.flush();
    else if (!this.#planned) {
      this.#planned = true;
      setImmediate(() => {
        this.#planned = false;
        this.flush();
      });
    }
  }

  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.write(text);
  }
}
