import { ValueError, show, type Node } from './node.js';

/** `char[n]`: a string up to the first NUL. Bytes that are no UTF-8 become U+FFFD; write bytes to keep such. */
export function charArrayNode(length: number): Node {
  return {
    size: length,
    weight: 1,
    read: (view, at) => readText(view, at, length),
    write(view, at, value) {
      if (typeof value === 'string') {
        writeText(view, at, length, value);
        return;
      }
      if (value instanceof Uint8Array) {
        writeBytes(view, at, length, value);
        return;
      }
      throw new ValueError(`expected a string or bytes, got ${show(value)}`);
    },
  };
}

/** `unsigned char[n]`: bytes, copied. */
export function byteArrayNode(length: number): Node {
  return {
    size: length,
    weight: 1,
    read: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, length).slice(),
    write(view, at, value) {
      if (value instanceof Uint8Array) {
        writeBytes(view, at, length, value);
        return;
      }
      if (!Array.isArray(value)) throw new ValueError(`expected bytes, got ${show(value)}`);
      const numbers: readonly unknown[] = value;
      if (numbers.length > length)
        throw new ValueError(`expected up to ${length} bytes, got ${numbers.length}`);
      numbers.forEach((byte, i) => {
        if (typeof byte !== 'number' || !Number.isInteger(byte) || byte < 0 || byte > 255) {
          throw new ValueError(`expected an integer from 0 to 255, got ${show(byte)}`).within(i);
        }
        view.setUint8(at + i, byte);
      });
    },
  };
}

/** Text up to the first NUL, or all of `length` bytes. */
export function readText(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const byte = view.getUint8(at + i);
    if (byte === 0) return text;
    // Names and paths are ASCII: a decoder is called for the rest only.
    if (byte > 0x7f) return readUtf8(view, at, length);
    text += String.fromCharCode(byte);
  }
  return text;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const toUtf8 = new TextEncoder();

function readUtf8(view: DataView, at: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  const end = bytes.indexOf(0);
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function writeText(view: DataView, at: number, length: number, text: string): void {
  if (text.length <= length) {
    let i = 0;
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) break;
      view.setUint8(at + i, code);
    }
    if (i === text.length) return;
  }
  writeBytes(view, at, length, toUtf8.encode(text));
}

function writeBytes(view: DataView, at: number, length: number, bytes: Uint8Array): void {
  if (bytes.length > length) throw new ValueError(`expected up to ${length} bytes, got ${bytes.length}`);
  new Uint8Array(view.buffer, view.byteOffset + at, length).set(bytes);
}
