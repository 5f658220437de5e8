/** Finds the end of a message body (RFC 9112 6 and 7.1) in octets that arrive in any pieces. */
import { hexValue, tokenOctet, valueOctet } from './octets.js';
import type { BodyKind } from './requestHead.js';

const cr = 0x0d;
const lf = 0x0a;

/** Octets of one chunk-size line or of the whole trailer section. */
const lineLimit = 60 * 1024;

const sSize = 0;
const sSizeMore = 1;
const sBlank = 2;
const sExtension = 3;
const sSizeLf = 4;
const sData = 5;
const sDataCr = 6;
const sDataLf = 7;
const sTrailer = 8;
const sTrailerName = 9;
const sTrailerValue = 10;
const sTrailerLf = 11;
const sEndLf = 12;

export class BodyTracker {
  /** The whole body has been seen. */
  done = true;
  /** What is wrong with the chunked framing, in words; then nothing is known about the end any more. */
  fault = '';

  #kind: BodyKind | 'close' = 'none';
  #strict = true;
  /** Octets left of a sized body or of the current chunk. */
  #left = 0;
  #state = sSize;
  #line = 0;

  /** Begins a body. `strict` (requests): line ends are CRLF, trailers are well-formed headers. */
  begin(kind: BodyKind | 'close', length: number, strict: boolean): void {
    this.done = kind === 'none' || (kind === 'sized' && length === 0);
    this.fault = '';
    this.#kind = kind;
    this.#strict = strict;
    this.#left = kind === 'sized' ? length : 0;
    this.#state = sSize;
    this.#line = 0;
  }

  /** Octets that follow for certain, whatever they are: the rest of a sized body or of a chunk's data. */
  get ahead(): number {
    const opaque = this.#kind === 'sized' || (this.#kind === 'chunked' && this.#state === sData);
    return opaque && !this.done && this.fault === '' ? this.#left : 0;
  }

  /** `n` octets of {@link ahead} went another way. */
  skip(n: number): void {
    this.#left -= n;
    if (this.#left > 0) return;
    if (this.#kind === 'sized') this.done = true;
    else this.#state = sDataCr;
  }

  /** Takes octets from `start` on; returns the end of those that belong to the body, at most `end`. */
  take(bytes: Uint8Array, start: number, end: number): number {
    if (this.done || this.fault !== '') return start;
    if (this.#kind === 'close') return end;
    if (this.#kind === 'chunked') return this.#takeChunked(bytes, start, end);
    const n = Math.min(this.#left, end - start);
    this.#left -= n;
    this.done = this.#left === 0;
    return start + n;
  }

  #takeChunked(bytes: Uint8Array, start: number, end: number): number {
    let i = start;
    let state = this.#state;
    while (i < end) {
      if (state === sData) {
        const n = Math.min(this.#left, end - i);
        this.#left -= n;
        i += n;
        if (this.#left === 0) state = sDataCr;
        continue;
      }
      const c = bytes[i]!;
      // a line end may be LF alone in a response
      const lone = c === lf && !this.#strict;
      if (++this.#line > lineLimit) return this.#bad(i, 'a chunk-size line or trailers longer than 60 KiB');
      switch (state) {
        case sSize:
          if (hexValue[c] === 0) return this.#bad(i, 'a chunk size that is not hexadecimal');
          this.#left = hexValue[c]! - 1;
          state = sSizeMore;
          break;
        case sSizeMore:
          if (hexValue[c] !== 0) {
            this.#left = this.#left * 16 + hexValue[c]! - 1;
            if (this.#left > Number.MAX_SAFE_INTEGER) return this.#bad(i, 'a chunk size above 2^53');
          } else if (c === cr) state = sSizeLf;
          else if (lone) state = this.#afterSize();
          else if (c === 0x3b) state = sExtension;
          else if (c === 0x20 || c === 0x09) state = sBlank;
          else return this.#bad(i, 'a chunk size that is not hexadecimal');
          break;
        case sBlank:
          if (c === cr) state = sSizeLf;
          else if (lone) state = this.#afterSize();
          else if (c === 0x3b) state = sExtension;
          else if (c !== 0x20 && c !== 0x09) return this.#bad(i, 'a chunk size that is not hexadecimal');
          break;
        case sExtension:
          if (c === cr) state = sSizeLf;
          else if (lone) state = this.#afterSize();
          else if (valueOctet[c] === 0) return this.#bad(i, 'a control character in a chunk extension');
          break;
        case sSizeLf:
          if (c !== lf) return this.#bad(i, 'CR without LF after a chunk size');
          state = this.#afterSize();
          break;
        case sDataCr:
          if (c === cr) state = sDataLf;
          else if (lone) state = this.#nextChunk();
          else return this.#bad(i, 'no line end after a chunk');
          break;
        case sDataLf:
          if (c !== lf) return this.#bad(i, 'no line end after a chunk');
          state = this.#nextChunk();
          break;
        case sTrailer:
          if (c === cr) state = sEndLf;
          else if (lone) return this.#end(i + 1);
          else if (tokenOctet[c] === 1 || !this.#strict) state = sTrailerName;
          else return this.#bad(i, 'a trailer that is not a header');
          break;
        case sTrailerName:
          if (c === 0x3a) state = sTrailerValue;
          else if (this.#strict) {
            if (tokenOctet[c] === 0) return this.#bad(i, 'a trailer that is not a header');
          } else if (c === lf) state = sTrailer;
          break;
        case sTrailerValue:
          if (c === cr) state = sTrailerLf;
          else if (lone) state = sTrailer;
          else if (valueOctet[c] === 0 && this.#strict)
            return this.#bad(i, 'a control character in a trailer');
          break;
        case sTrailerLf:
          if (c !== lf) return this.#bad(i, 'CR without LF in a trailer');
          state = sTrailer;
          break;
        case sEndLf:
          if (c !== lf) return this.#bad(i, 'CR without LF after the last chunk');
          return this.#end(i + 1);
      }
      i++;
    }
    this.#state = state;
    return i;
  }

  #afterSize(): number {
    if (this.#left === 0) return sTrailer;
    this.#line = 0;
    return sData;
  }

  #nextChunk(): number {
    this.#line = 0;
    return sSize;
  }

  #end(at: number): number {
    this.done = true;
    return at;
  }

  #bad(at: number, fault: string): number {
    this.fault = fault;
    return at;
  }
}
