import type { AnchoredConn } from './kernelConns.js';
import { requesterOf, type Requester } from './requestRecord.js';
import type { RequestOrigin } from './router.js';

/** Who makes the requests of a connection: as the router and as events want it. */
export class ClientOrigin implements RequestOrigin {
  readonly cookie: bigint;
  readonly listenerId: number;
  readonly vip: string;
  readonly vipPort: number;
  readonly #conn: AnchoredConn;
  #requester: Requester | undefined;

  constructor(conn: AnchoredConn) {
    this.#conn = conn;
    ({ cookie: this.cookie, listenerId: this.listenerId, vip: this.vip, vipPort: this.vipPort } = conn);
  }

  get requester(): Requester {
    return (this.#requester ??= requesterOf(this.#conn));
  }

  get client(): string {
    return this.requester.client;
  }
}
