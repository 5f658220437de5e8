/** Bytes that may be a resource no more. The same seed gives the same bytes. */
import { anyOf } from './rawServer.js';
import { badResources } from './badResources.js';
import { goodResources } from './goodResources.js';

export class Mutator {
  #state: number;
  readonly #seeds: readonly { readonly typeUrl: string; readonly value: Uint8Array }[];

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
    this.#seeds = [...Object.values(goodResources), ...badResources().map(({ resource }) => resource)].map(
      anyOf,
    );
  }

  /** A type and bytes: a resource, good or bad, with some bytes changed, taken out, put in twice or cut off; or only noise. */
  next(): { readonly typeUrl: string; readonly value: Uint8Array } {
    const seed = this.#seeds[this.#below(this.#seeds.length)];
    if (seed === undefined) throw new Error('no seeds');
    const { typeUrl } = seed;
    if (this.#below(10) === 0) return { typeUrl, value: this.#noise(this.#below(400)) };
    let bytes = Uint8Array.from(seed.value);
    for (let count = 1 + this.#below(4); count > 0; count--) bytes = this.#changed(bytes);
    return { typeUrl, value: bytes };
  }

  #changed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const at = this.#below(Math.max(1, bytes.length));
    const length = 1 + this.#below(12);
    switch (this.#below(6)) {
      case 0:
        return Uint8Array.from(bytes).fill(this.#below(256), at, at + 1);
      case 1:
        return join(bytes.subarray(0, at), bytes.subarray(at + length));
      case 2:
        return join(bytes.subarray(0, at), this.#noise(length), bytes.subarray(at));
      case 3:
        return join(bytes.subarray(0, at), bytes.subarray(at, at + length * 8), bytes.subarray(at));
      case 4:
        return Uint8Array.from(bytes.subarray(0, at));
      default: {
        // A length or number that is far too large.
        const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f);
        return join(bytes.subarray(0, at), huge, bytes.subarray(at + 1));
      }
    }
  }

  #noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#below(256));
  }

  /** xorshift32 */
  #below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state >>>= 0;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#state >>>= 0;
    return this.#state % limit;
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
