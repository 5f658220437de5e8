import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeBase64 } from '@onehop/core/envoy/base64.js';
import { decodeBtf } from '@onehop/core/btf/decode.js';
import { CONFIG_MAPS, type MapLimits } from '@onehop/core/compile/limits.js';
import type { MapDelete, MapWrite, StateReset } from '@onehop/core/compile/writes.js';
import { WasmRouter } from '@onehop/core/router/wasmRouter.js';
import { parseIp } from '@onehop/core/wire/ip.js';
import { reasons } from '@onehop/core/wire/wire.generated.js';
import { wireBtf } from '@onehop/core/wire/wire.generated.js';
import type { Allocation } from '@onehop/core/compile/allocate.js';
import type { MapWriter } from '../../src/apply/write.js';

/** The tables of the datapath's router, as built for wasm: what is written here decides as it would in the kernel. */
export class RouterTables implements MapWriter {
  readonly written: MapWrite[] = [];
  readonly deleted: MapDelete[] = [];
  graces = 0;
  /** Called before each entry is set. */
  onEntry: (entry: MapWrite) => void = () => undefined;
  onGrace: () => Promise<void> = () => Promise.resolve();

  private constructor(
    readonly router: WasmRouter,
    readonly limits: MapLimits,
  ) {}

  static async open(limits: Partial<MapLimits> = {}): Promise<RouterTables> {
    const module = readFileSync(fileURLToPath(new URL('../../../../bpf/build/router.wasm', import.meta.url)));
    const btf = decodeBtf(decodeBase64(wireBtf) ?? new Uint8Array());
    const all = Object.fromEntries(CONFIG_MAPS.map((name) => [name, 512])) as unknown as MapLimits;
    return new RouterTables(await WasmRouter.load(module, btf, 7n), { ...all, ...limits });
  }

  write(entries: readonly MapWrite[]): void {
    for (const entry of entries) {
      this.onEntry(entry);
      this.written.push(entry);
      if (!this.router.set(entry.map, keyBytes(entry.key), entry.value))
        throw new Error(`${entry.map} is full`);
    }
  }

  delete(keys: readonly MapDelete[]): void {
    for (const { map, key } of keys) this.router.delete(map, key);
    this.deleted.push(...keys);
  }

  reset(_entries: readonly StateReset[]): void {}

  flip(entry: MapWrite): void {
    this.write([entry]);
  }

  async grace(): Promise<void> {
    this.graces++;
    await this.onGrace();
  }

  /** `10.0.0.1:80` that a request goes to, or why it goes nowhere. */
  ask(address: string, host: string, allocation: Allocation | undefined): string {
    const [ip = '', port] = address.split(':');
    const listener = this.router.listener(parseIp(ip)!, Number(port));
    if (listener === 0) return 'no listener';
    const head = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const { stopped, decision } = this.router.decide(new TextEncoder().encode(head), listener);
    if (stopped !== 0) return reasons[stopped]?.name ?? String(stopped);
    const row = allocation?.entities.endpoint.at(decision.endpoint, decision.gen)?.row;
    return row === undefined ? `endpoint ${decision.endpoint}?` : `${row.ip}:${row.port}`;
  }
}

function keyBytes(key: number | Uint8Array): Uint8Array {
  if (typeof key !== 'number') return key;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, key, true);
  return bytes;
}
