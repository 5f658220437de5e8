/** Finds the end of a response, interim responses before it included, in bytes that arrive in any pieces. */
import { BodyTracker } from './bodyTracker.js';
import { HeadCollector } from './headCollector.js';
import { HeadScanner } from './headScanner.js';
import { readResponseHead, type RequestContext, type ResponseHead } from './responseHead.js';

export class ResponseReader {
  /** Of the final response; 0 before its head is complete, or when it is not HTTP/1.x. */
  status = 0;
  /** The final response is complete. */
  done = false;
  /** The connection carries another protocol from here on. */
  tunnel = false;
  /** The response ends with the connection. */
  untilClose = false;
  /** The upstream means to go on with this connection. */
  keepAlive = false;

  readonly #request: RequestContext;
  readonly #body = new BodyTracker();
  #inHead = true;
  #collector: HeadCollector | undefined;

  constructor(request: RequestContext) {
    this.#request = request;
  }

  /** A reader for the rest of a response whose head has passed already. `left` undefined: until the connection ends. */
  static inBody(left: number | undefined): ResponseReader {
    const reader = new ResponseReader({ isHead: false, isConnect: false, upgrade: false });
    reader.#inHead = false;
    reader.keepAlive = left !== undefined;
    reader.untilClose = left === undefined;
    reader.#body.begin(left === undefined ? 'close' : 'sized', left ?? 0, false);
    reader.done = reader.#body.done;
    return reader;
  }

  /** Takes a piece; returns how many of its bytes belong to the response (or to the tunnel that follows it). */
  read(chunk: Buffer): number {
    const end = chunk.length;
    let i = 0;
    while (i < end && !this.done) {
      if (this.tunnel || this.untilClose) return end;
      if (this.#inHead) {
        i = this.#readHead(chunk, i);
        continue;
      }
      i = this.#body.take(chunk, i, end);
      if (this.#body.fault !== '') {
        // the bytes are the client's to judge; where they end is known to nobody
        this.untilClose = true;
        this.keepAlive = false;
      }
      this.done = this.#body.done;
    }
    return i;
  }

  /** Body bytes that follow for certain, whatever they are. */
  get ahead(): number {
    return this.#inHead || this.tunnel || this.untilClose ? 0 : this.#body.ahead;
  }

  /** `n` bytes of {@link ahead} went another way. */
  skip(n: number): void {
    this.#body.skip(n);
    this.done = this.#body.done;
  }

  #readHead(chunk: Buffer, from: number): number {
    const collector = this.#collector;
    if (collector === undefined) {
      scanner.reset('response');
      if (!scanner.scan(chunk, from, chunk.length)) {
        this.#collector = new HeadCollector('response', chunk.subarray(from));
        this.#collector.scan();
        return chunk.length;
      }
      this.#begin(readResponseHead(scanner, chunk, from, this.#request));
      return from + scanner.length;
    }
    const before = collector.length;
    if (!collector.add(chunk.subarray(from))) return chunk.length;
    this.#collector = undefined;
    this.#begin(readResponseHead(collector.scanner, collector.bytes, 0, this.#request));
    return from + Math.max(0, collector.scanner.length - before);
  }

  #begin(head: ResponseHead): void {
    if (head.body === 'interim') return;
    this.#inHead = false;
    this.status = head.status;
    this.keepAlive = head.keepAlive;
    this.tunnel = head.body === 'tunnel';
    this.untilClose = head.body === 'close';
    if (head.body === 'tunnel') return;
    this.#body.begin(head.body, head.bodyLength, false);
    this.done = this.#body.done;
  }
}

/** For heads that come in one piece; used within one call only. */
const scanner = new HeadScanner();
