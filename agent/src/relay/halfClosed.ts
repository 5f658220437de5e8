/**
 * The upstream connection of a client that has ended its side while the kernel path still delivers the response:
 * the client's connection ends when and how the endpoint ends this one.
 */
import type { Upstream, UpstreamEnd, UpstreamUser } from '../pool/upstream.js';
import type { Finish } from './exchange.js';

export class HalfClosed implements UpstreamUser {
  constructor(
    private readonly upstream: Upstream,
    private readonly finish: (how: Finish) => void,
    /** Data came to user space: an exchange shall take the connection over. */
    private readonly handedOver: () => void,
  ) {}

  /** The client's connection is gone altogether. */
  clientClosed(reset: boolean): void {
    if (reset) this.upstream.reset();
    else this.upstream.destroy();
  }

  upstreamData(chunk: Buffer): void {
    this.upstream.user = undefined;
    this.upstream.hold(chunk);
    this.handedOver();
  }

  upstreamEnded(): void {
    this.finish('fin');
    this.upstream.release(false);
  }

  upstreamDrained(): void {
    // nothing is written any more
  }

  upstreamClosed(how: UpstreamEnd): void {
    this.finish(how === 'closed' ? 'fin' : 'rst');
  }
}
