/** What the relay writes to a client, and how it ends that. */
import type { Socket } from 'node:net';
import { resetAfterData } from '../pool/resetAfterData.js';
import { socketFd } from '../pool/socketHandle.js';
import type { UpstreamLink } from '../pool/upstream.js';
import type { Pump, PumpEnd } from './bodyPumps.js';
import type { Finish } from './exchange.js';
import type { RelayContext } from './relayContext.js';

export class ClientOutput {
  /** Bytes so far. */
  written = 0;

  constructor(
    private readonly socket: Socket,
    private readonly context: RelayContext,
  ) {}

  /** False: wait for the socket's drain. */
  send(bytes: Uint8Array): boolean {
    this.#count(bytes.length);
    return this.socket.write(bytes);
  }

  /** See ExchangeClient.pump. */
  pump(
    upstream: UpstreamLink,
    bytes: number,
    ended: (moved: number, end: PumpEnd) => void,
  ): Pump | undefined {
    const to = socketFd(this.socket);
    if (to === undefined || this.socket.writableLength > 0) return undefined;
    const from = upstream.lend();
    if (from === undefined) return undefined;
    const pump = this.context.pumps.start({
      from,
      to,
      bytes,
      mapped: upstream.cookie !== 0n,
      ended: (moved, end) => {
        this.#count(moved);
        ended(moved, end);
      },
    });
    if (pump === undefined) upstream.resume();
    return pump;
  }

  /** `fin`: after what was written. `rst`: likewise, for what has been taken from the endpoint is the client's. */
  finish(how: Finish): void {
    if (how === 'fin') this.socket.end();
    else resetAfterData(this.socket);
  }

  #count(written: number): void {
    this.written += written;
    this.context.counters.bytesToClients += written;
  }
}
