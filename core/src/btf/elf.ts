import { BtfError } from './error.js';

/**
 * The bytes of the first section with this name, or undefined when there is none.
 * A view into `elf`, not a copy.
 *
 * Reads ELF64 in either byte order (System V gABI, chapter "Sections"); a
 * section without bytes (SHT_NOBITS) is given as empty.
 *
 * @throws BtfError when the file is no ELF64 or a header points outside of it
 */
export function extractSection(elf: Uint8Array, name: string): Uint8Array | undefined {
  if (elf.length < 64 || elf[0] !== 0x7f || elf[1] !== 0x45 || elf[2] !== 0x4c || elf[3] !== 0x46) {
    throw new BtfError('format', 'not an ELF file');
  }
  if (elf[4] !== 2) throw new BtfError('format', 'not a 64-bit ELF file');
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const le = elf[5] !== 2;
  const headers = u64(view, 0x28, le);
  const entryBytes = view.getUint16(0x3a, le);
  if (headers === 0) return undefined;
  if (entryBytes < 64) throw new BtfError('format', `ELF section headers have ${entryBytes} bytes, not 64`);
  inside(elf, headers, 64, 'section header 0');
  // More sections than fit in 16 bits: the true numbers are in header 0.
  const count = view.getUint16(0x3c, le) || u64(view, headers + 0x20, le);
  const namesIndex = view.getUint16(0x3e, le);
  const namesAt = namesIndex === 0xffff ? view.getUint32(headers + 0x28, le) : namesIndex;
  inside(elf, headers, count * entryBytes, 'section headers');
  if (namesAt >= count) throw new BtfError('format', 'ELF has no table of section names');

  const names = content(elf, view, le, headers + namesAt * entryBytes);
  for (let i = 0; i < count; i++) {
    const header = headers + i * entryBytes;
    if (nameIs(names, view.getUint32(header, le), name)) return content(elf, view, le, header);
  }
  return undefined;
}

const SHT_NOBITS = 8;

function content(elf: Uint8Array, view: DataView, le: boolean, header: number): Uint8Array {
  if (view.getUint32(header + 4, le) === SHT_NOBITS) return elf.subarray(0, 0);
  const offset = u64(view, header + 0x18, le);
  const size = u64(view, header + 0x20, le);
  inside(elf, offset, size, 'a section');
  return elf.subarray(offset, offset + size);
}

function nameIs(names: Uint8Array, offset: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (names[offset + i] !== name.charCodeAt(i)) return false;
  }
  return names[offset + name.length] === 0;
}

function u64(view: DataView, at: number, le: boolean): number {
  const value = view.getBigUint64(at, le);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new BtfError('bounds', `ELF offset ${value} is out of range`);
  return Number(value);
}

function inside(elf: Uint8Array, offset: number, size: number, what: string): void {
  if (offset + size > elf.length) {
    throw new BtfError('bounds', `ELF: ${what} ends at byte ${offset + size}, the file has ${elf.length}`);
  }
}
