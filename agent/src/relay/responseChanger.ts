/** Holds back the head of a response until it is complete, and tells it to the client in another form. */
import { HeadCollector } from './headCollector.js';

export class ResponseChanger {
  readonly #change: (head: Buffer) => Buffer;
  #collector: HeadCollector | undefined;
  #passed = false;

  /** @param change is given the head of the final response, with its empty line */
  constructor(change: (head: Buffer) => Buffer) {
    this.#change = change;
  }

  /** Takes bytes of the response; gives those that are the client's now. */
  take(bytes: Buffer): Buffer {
    if (this.#passed) return bytes;
    const collector = (this.#collector ??= new HeadCollector('response', nothing));
    if (!collector.add(bytes)) return nothing;
    const { scanner, bytes: all } = collector;
    this.#collector = undefined;
    if (scanner.fault !== '') {
      this.#passed = true;
      return all;
    }
    const head = all.subarray(0, scanner.length);
    const rest = all.subarray(scanner.length);
    if (isInterim(head)) return Buffer.concat([head, this.take(rest)]);
    this.#passed = true;
    return Buffer.concat([this.#change(head), rest]);
  }
}

/** "HTTP/1.1 1xx", but for 101, which is final. */
function isInterim(head: Buffer): boolean {
  const status = head.toString('latin1', 9, 12);
  return status.startsWith('1') && status !== '101';
}

const nothing = Buffer.alloc(0);
