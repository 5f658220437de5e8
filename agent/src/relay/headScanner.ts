/**
 * Finds the end and the parts of an HTTP/1.x message head (RFC 9112) in raw octets that may arrive in any
 * pieces. Requests are read strictly: whatever two parsers could read differently is a fault. Responses are
 * read leniently: a line may end with LF alone, a value may be folded.
 */
import { hashPrime, hashStart, targetOctet, tokenOctet, valueOctet } from './octets.js';

/** What is wrong with a head; `large` and `many` are the limits, `version` a version other than HTTP/1.0 and 1.1. */
export type HeadFault = '' | 'bad' | 'large' | 'many' | 'version';

/** Octets of a request head, as Envoy's max_request_headers_kb. */
export const requestHeadLimit = 60 * 1024;
/** Header lines of a request, as Envoy's max_headers_count. */
export const requestHeaderLimit = 100;
const responseHeadLimit = 256 * 1024;
const responseHeaderLimit = 1024;

const cr = 0x0d;
const lf = 0x0a;
const sp = 0x20;
const tab = 0x09;
const colon = 0x3a;

const sStart = 0;
const sStartLf = 1;
const sMethod = 2;
const sTarget = 3;
const sVersion = 4;
const sLineLf = 5;
const sHeader = 6;
const sName = 7;
const sBlank = 8;
const sValue = 9;
const sValueLf = 10;
const sEndLf = 11;
const sStatusLine = 12;

/** All positions are relative to the first octet given to the first {@link HeadScanner.scan}. */
export class HeadScanner {
  fault: HeadFault = '';
  /** What the fault is, in words. */
  detail = '';
  /** Octets of the head up to and with its empty line. */
  length = 0;
  /** Where the first line starts: empty lines before it are skipped. */
  start = 0;
  /** Request: end of the method. Response: end of the status line, without its line end. */
  firstEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  /** Request: x of HTTP/1.x. */
  minor = 1;
  headers = 0;
  /** For header i at 4i: start and end of its name, start and end of its value without blanks around it. */
  spans = new Int32Array(4 * 32);
  /** {@link nameHash} of the lower-case name of header i. */
  hashes = new Int32Array(32);

  #request = true;
  #state = sStart;
  #pos = 0;
  #hash = 0;

  reset(kind: 'request' | 'response'): void {
    this.fault = '';
    this.detail = '';
    this.length = 0;
    this.start = 0;
    this.firstEnd = 0;
    this.targetStart = 0;
    this.targetEnd = 0;
    this.headers = 0;
    this.#request = kind === 'request';
    this.#state = this.#request ? sStart : sStatusLine;
    this.#pos = 0;
  }

  /** Octets looked at so far. */
  get scanned(): number {
    return this.#pos;
  }

  /**
   * Goes on scanning. `bytes[base]` is the first octet of the head, in each call, and `end` is the end of what is
   * there now. True: finished, see `fault` and `length`. False: more is needed.
   */
  scan(bytes: Uint8Array, base: number, end: number): boolean {
    const limit = this.#request ? requestHeadLimit : responseHeadLimit;
    const stop = Math.min(end, base + limit);
    if (this.#run(bytes, base, stop)) return true;
    if (this.#pos < limit) return false;
    return this.#fail('large', `the head is longer than ${limit} bytes`);
  }

  #run(bytes: Uint8Array, base: number, stop: number): boolean {
    let i = base + this.#pos;
    let state = this.#state;
    let hash = this.#hash;
    while (i < stop) {
      const c = bytes[i]!;
      switch (state) {
        case sValue:
          if (valueOctet[c] === 1) {
            do i++;
            while (i < stop && valueOctet[bytes[i]!] === 1);
            continue;
          }
          this.spans[4 * this.headers + 3] = i - base;
          if (c === cr) state = sValueLf;
          else if (c === lf && !this.#request) {
            this.#endValue(bytes, base);
            state = sHeader;
          } else
            return this.#bad(c === lf ? 'a header line ends with LF alone' : control(c, 'a header value'));
          break;
        case sName:
          if (tokenOctet[c] === 1) {
            do {
              const k = bytes[i]!;
              if (tokenOctet[k] === 0) break;
              hash = Math.imul(hash ^ (k >= 0x41 && k <= 0x5a ? k | 0x20 : k), hashPrime);
              i++;
            } while (i < stop);
            continue;
          }
          if (c !== colon)
            return this.#bad(
              c === sp || c === tab ? 'a blank before the colon of a header' : control(c, 'a header name'),
            );
          this.spans[4 * this.headers + 1] = i - base;
          this.hashes[this.headers] = hash;
          state = sBlank;
          break;
        case sBlank:
          if (c === sp || c === tab) break;
          this.spans[4 * this.headers + 2] = i - base;
          state = sValue;
          continue;
        case sValueLf:
          if (c !== lf) return this.#bad('CR without LF in a header');
          this.#endValue(bytes, base);
          state = sHeader;
          break;
        case sHeader:
          if (tokenOctet[c] === 1) {
            if (!this.#room()) return this.#fail('many', `more than ${this.#most()} headers`);
            this.spans[4 * this.headers] = i - base;
            hash = hashStart;
            state = sName;
            continue;
          }
          if (c === cr) state = sEndLf;
          else if (this.#request) {
            if (c === sp || c === tab) return this.#bad('a header that is folded over two lines');
            return this.#bad(c === colon ? 'a header without a name' : control(c, 'a header name'));
          } else if (c === lf) return this.#done(i + 1 - base);
          else if ((c === sp || c === tab) && this.headers > 0) {
            this.headers--;
            state = sValue;
            continue;
          } else return this.#bad(control(c, 'a header name'));
          break;
        case sEndLf:
          if (c !== lf) return this.#bad('CR without LF after the headers');
          return this.#done(i + 1 - base);
        case sMethod:
          if (tokenOctet[c] === 1) break;
          if (c !== sp) return this.#bad(control(c, 'the method'));
          this.firstEnd = i - base;
          this.targetStart = i + 1 - base;
          state = sTarget;
          break;
        case sTarget:
          if (targetOctet[c] === 1) {
            do i++;
            while (i < stop && targetOctet[bytes[i]!] === 1);
            continue;
          }
          this.targetEnd = i - base;
          if (c === cr || c === lf) {
            // HTTP/0.9, or the first line of another protocol
            const upper = bytes[base + this.start]! <= 0x5a;
            return this.#fail(upper ? 'version' : 'bad', 'a request line without a version');
          }
          if (c !== sp) return this.#bad(control(c, 'the target'));
          if (this.targetEnd === this.targetStart) return this.#bad('two spaces before the target');
          state = sVersion;
          break;
        case sVersion: {
          // HTTP/d.d and nothing else
          const at = i - base - this.targetEnd - 1;
          if (at < 8) {
            const digit = at === 5 || at === 7;
            if (digit ? c < 0x30 || c > 0x39 : c !== 'HTTP/0.0'.charCodeAt(at))
              return this.#bad('the version is not HTTP/1.x');
            if (at === 5 && c !== 0x31) this.minor = -1;
            if (at === 5 && c === 0x31) this.minor = 0;
            if (at === 7 && this.minor === 0) this.minor = c - 0x30;
            break;
          }
          if (c !== cr)
            return this.#bad(
              c === lf ? 'the request line ends with LF alone' : 'the version is not HTTP/1.x',
            );
          if (this.minor !== 0 && this.minor !== 1)
            return this.#fail('version', 'neither HTTP/1.0 nor HTTP/1.1');
          state = sLineLf;
          break;
        }
        case sLineLf:
          if (c !== lf) return this.#bad('CR without LF after the request line');
          state = sHeader;
          break;
        case sStart:
          if (tokenOctet[c] === 1) {
            this.start = i - base;
            state = sMethod;
          } else if (c === cr) state = sStartLf;
          else return this.#bad(control(c, 'the method'));
          break;
        case sStartLf:
          if (c !== lf) return this.#bad('CR without LF before the request line');
          state = sStart;
          break;
        case sStatusLine:
          if (c === lf) {
            const end = i - base;
            this.firstEnd = end > 0 && bytes[i - 1] === cr ? end - 1 : end;
            state = sHeader;
          }
          break;
      }
      i++;
    }
    this.#pos = i - base;
    this.#state = state;
    this.#hash = hash;
    return false;
  }

  /** The value ends where spans says; blanks at its end are not part of it. */
  #endValue(bytes: Uint8Array, base: number): void {
    const at = 4 * this.headers;
    const start = this.spans[at + 2]!;
    let end = this.spans[at + 3]!;
    while (end > start) {
      const c = bytes[base + end - 1]!;
      if (c !== sp && c !== tab) break;
      end--;
    }
    this.spans[at + 3] = end;
    this.headers++;
  }

  #most(): number {
    return this.#request ? requestHeaderLimit : responseHeaderLimit;
  }

  #room(): boolean {
    if (this.headers < this.hashes.length) return this.headers < this.#most();
    if (this.headers >= this.#most()) return false;
    const spans = new Int32Array(this.spans.length * 2);
    spans.set(this.spans);
    this.spans = spans;
    const hashes = new Int32Array(this.hashes.length * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
    return true;
  }

  #done(length: number): true {
    this.length = length;
    this.#pos = length;
    return true;
  }

  #bad(detail: string): true {
    return this.#fail('bad', detail);
  }

  #fail(fault: HeadFault, detail: string): true {
    this.fault = fault;
    this.detail = detail;
    return true;
  }
}

function control(c: number, where: string): string {
  if (c > sp && c < 0x7f) return `"${String.fromCharCode(c)}" in ${where}`;
  return `byte 0x${c.toString(16).padStart(2, '0')} in ${where}`;
}
