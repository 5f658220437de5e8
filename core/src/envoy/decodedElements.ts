/** Elements of long lists with the bytes that they were made of: one that comes again as it was is not decoded again. */
import type { JsonObject, JsonValue } from '../resources/model.js';
import type { MessageDescriptor } from './schema.js';
import { isJsonObject } from './wellKnown.js';

/** What an element was made of. */
export interface Made {
  readonly message: MessageDescriptor;
  /** Of the element in the whole message. */
  readonly depth: number;
  readonly bytes: Uint8Array;
}

export function rememberElement(element: JsonObject, { message, depth, bytes }: Made): void {
  // A copy: the bytes are a part of a whole response.
  made.set(element, { message, depth, bytes: bytes.slice() });
}

const made = new WeakMap<JsonObject, Made>();

/** The elements of a list as they were before, asked for in the order of the list that there is now. */
export class EarlierElements {
  /** How many places further on elements stand now: others were put in before them, or taken out. */
  #moved = 0;

  constructor(private readonly list: readonly JsonValue[]) {}

  /** The element that stood where the one of place `at` seems to come from. */
  near(at: number): JsonValue | undefined {
    return this.list[at - this.#moved];
  }

  /** The same of that place or one beside it, if it was made of this. */
  same(at: number, now: Made): JsonValue | undefined {
    for (const moved of [this.#moved, this.#moved + 1, this.#moved - 1]) {
      const element = this.list[at - moved];
      const before = isJsonObject(element) ? made.get(element) : undefined;
      if (before === undefined || !isSame(before, now)) continue;
      this.#moved = moved;
      return element;
    }
    return undefined;
  }
}

function isSame(a: Made, b: Made): boolean {
  if (a.message !== b.message || a.depth !== b.depth || a.bytes.length !== b.bytes.length) return false;
  // All bytes of a configuration come by here at each change: a call for each byte would take ten times as long.
  for (let i = 0; i < a.bytes.length; i++) if (a.bytes[i] !== b.bytes[i]) return false;
  return true;
}
