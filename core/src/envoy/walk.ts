/** Walks over the fields of messages in canonical JSON. */
import { type FieldPath, type JsonObject, type JsonValue, messageNameOf } from '../resources/model.js';
import { type FieldDescriptor, FieldType, findMessage, type MessageDescriptor, messageOf } from './schema.js';
import { isJsonObject, wellKnownKind } from './wellKnown.js';

/** A field that is set: an element of a list or an entry of a map is visited by itself. */
export interface Visited {
  readonly message: MessageDescriptor;
  readonly field: FieldDescriptor;
  readonly value: JsonValue;
  /** Made when it is asked for. Its last step is of this field; the steps before may be those since a list around it. */
  readonly path: FieldPath;
}

/** From so many elements on, a list's are remembered by those who look at messages: of fewer, looking costs less. */
export const REMEMBERED = 16;

/** What is looked for in the fields of messages. */
export interface Search<T> {
  /** Whether something can be found in fields like this one, whatever their values: others are not visited. */
  concerns(message: MessageDescriptor, field: FieldDescriptor): boolean;
  /** Depends on nothing but what it is given. */
  find(visited: Visited): T | readonly T[] | undefined;
}

/**
 * Looks for something in every set field of a message and of all messages below it, Anys included, in the order of the
 * fields. Elements of long lists are looked at once: the same object gives what it gave before, so it must not change.
 */
export class FieldCollector<T> {
  private readonly known = new WeakMap<
    JsonObject,
    { readonly message: string; readonly found: readonly T[] }
  >();
  private readonly plans = new Map<string, readonly Planned[]>();

  constructor(
    private readonly search: Search<T>,
    /** The same with `base` before every path in it. */
    private readonly moved: (found: T, base: FieldPath) => T,
  ) {}

  in(messageName: string, json: JsonObject): readonly T[] {
    const found: T[] = [];
    this.message(messageName, json, [], found);
    return found;
  }

  /** `path` is that of the message; it is the same again afterwards. */
  private message(messageName: string, json: JsonObject, path: (string | number)[], found: T[]): void {
    const message = findMessage(messageName);
    const kind = wellKnownKind(messageName);
    if (message === undefined) return;
    if (kind === 'any') {
      const typeUrl = json['@type'];
      const inner = typeof typeUrl === 'string' ? messageNameOf(typeUrl) : undefined;
      if (inner !== undefined && wellKnownKind(inner) === undefined) this.message(inner, json, path, found);
      return;
    }
    if (kind !== undefined) return;
    for (const planned of this.planOf(message)) {
      const { field } = planned;
      const value = Object.hasOwn(json, field.jsonName) ? json[field.jsonName] : undefined;
      if (value === undefined) continue;
      path.push(field.jsonName);
      if (field.presence === 'repeated' && Array.isArray(value)) {
        for (const [index, element] of (value as readonly JsonValue[]).entries()) {
          path.push(index);
          if (planned.visited) this.visit(message, field, element, path, found);
          if (planned.entered !== undefined && isJsonObject(element)) {
            if (value.length < REMEMBERED) this.message(planned.entered, element, path, found);
            else this.element(planned.entered, element, path, found);
          }
          path.pop();
        }
      } else if (field.presence === 'map' && isJsonObject(value)) {
        for (const [key, element] of Object.entries(value)) {
          path.push(key);
          this.single(message, planned, element, path, found);
          path.pop();
        }
      } else this.single(message, planned, value, path, found);
      path.pop();
    }
  }

  private single(
    message: MessageDescriptor,
    { field, visited, entered }: Planned,
    value: JsonValue,
    path: (string | number)[],
    found: T[],
  ): void {
    if (visited) this.visit(message, field, value, path, found);
    if (entered !== undefined && isJsonObject(value)) this.message(entered, value, path, found);
  }

  private element(message: string, json: JsonObject, path: FieldPath, found: T[]): void {
    let known = this.known.get(json);
    if (known?.message !== message) {
      const inside: T[] = [];
      this.message(message, json, [], inside);
      known = { message, found: inside.length === 0 ? NOTHING : inside };
      this.known.set(json, known);
    }
    if (known.found.length === 0) return;
    const base = [...path];
    for (const one of known.found) found.push(this.moved(one, base));
  }

  private planOf(message: MessageDescriptor): readonly Planned[] {
    let plan = this.plans.get(message.name);
    if (plan === undefined) {
      plan = message.fields.flatMap((field): Planned[] => {
        const visited = this.search.concerns(message, field);
        const entered = this.entered(field);
        return visited || entered !== undefined ? [{ field, visited, entered }] : [];
      });
      this.plans.set(message.name, plan);
    }
    return plan;
  }

  /** The message of a field below which something can be found. */
  private entered(field: FieldDescriptor): string | undefined {
    if (field.type !== FieldType.message) return undefined;
    const { name } = messageOf(field);
    return this.reaches(name) ? name : undefined;
  }

  private reaches(messageName: string): boolean {
    const seen = new Set<string>();
    const stack = [messageName];
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      const kind = wellKnownKind(name);
      if (kind === 'any') return true;
      const message = kind === undefined && !seen.has(name) ? findMessage(name) : undefined;
      if (message === undefined) continue;
      seen.add(name);
      for (const field of message.fields) {
        if (this.search.concerns(message, field)) return true;
        if (field.type === FieldType.message) stack.push(messageOf(field).name);
      }
    }
    return false;
  }

  private visit(
    message: MessageDescriptor,
    field: FieldDescriptor,
    value: JsonValue,
    path: FieldPath,
    found: T[],
  ): void {
    const one = this.search.find(new Visit(message, field, value, path));
    if (one === undefined) return;
    if (Array.isArray(one)) found.push(...(one as readonly T[]));
    else found.push(one as T);
  }
}

interface Planned {
  readonly field: FieldDescriptor;
  readonly visited: boolean;
  /** Its message, when that is looked into. */
  readonly entered: string | undefined;
}

const NOTHING: readonly never[] = [];

class Visit implements Visited {
  constructor(
    readonly message: MessageDescriptor,
    readonly field: FieldDescriptor,
    readonly value: JsonValue,
    private readonly at: FieldPath,
  ) {}

  get path(): FieldPath {
    return [...this.at];
  }
}
