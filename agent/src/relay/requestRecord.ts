/** What becomes of one request, until it is told as an event. */
import { performance } from 'node:perf_hooks';
import type { KernelUpstream, RouteDecision } from '../pool/kernelPools.js';
import type { HeadScanner } from './headScanner.js';
import type { AnchoredConn } from './kernelConns.js';
import type { RelayEvent, RelayEventSink } from './relayEvents.js';
import type { RequestHead } from './requestHead.js';
import { latin1 } from './routerView.js';

export const noDecision: RouteDecision = {
  generation: 0,
  listener: 0,
  routeConfig: 0,
  virtualHost: 0,
  route: 0,
  cluster: 0,
  endpoint: 0,
  draw: 0,
  turn: 0,
  reason: 0,
};

/** Who made the request, the same for all requests of a connection. */
export interface Requester {
  readonly cookie: bigint;
  readonly workload: string;
  readonly client: string;
  readonly destination: string;
}

/** Who made the requests of a connection. */
export function requesterOf(conn: AnchoredConn): Requester {
  return {
    cookie: conn.cookie,
    workload: conn.workload,
    client: hostPort(conn.client, conn.clientPort),
    destination: hostPort(conn.vip, conn.vipPort),
  };
}

function hostPort(address: string, port: number): string {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** Host and target in events are cut to this. */
const shown = 256;

export class RequestRecord {
  decision: RouteDecision = noDecision;
  reason = 0;
  detail = '';
  /** A HEAD request: whatever answers it has no body. */
  isHead = false;
  /** A gRPC request: an answer of the relay's own has the form of gRPC. */
  isGrpc = false;
  method = '';
  host = '';
  target = '';
  status = 0;
  requestBytes = 0;
  responseBytes = 0;
  /** ms of performance.now(); 0: no byte of a response yet. */
  firstMs = 0;
  #told = false;

  constructor(
    readonly seq: number,
    readonly startMs: number,
  ) {}

  /** A request that the kernel path sent and whose response it handed over. */
  static ofKernel(state: KernelUpstream, nowMs: number): RequestRecord {
    const { request, reason } = state;
    const startMs = request === undefined ? nowMs : request.startUs / 1000 - performance.timeOrigin;
    const record = new RequestRecord(request?.seq ?? 0, startMs);
    record.reason = reason;
    record.responseBytes = Number(state.delivered);
    if (request === undefined) return record;
    record.decision = request.decision;
    record.isHead = request.isHead;
    record.method = request.method;
    record.host = request.host;
    record.target = request.target;
    record.requestBytes = Number(request.requestBytes);
    return record;
  }

  /** Remembers how the request looked, as far as the head is one. */
  describe(scanner: HeadScanner, bytes: Uint8Array, base: number, head: RequestHead | undefined): void {
    if (scanner.fault !== '' && scanner.targetEnd === 0) return;
    this.method = latin1(bytes, base + scanner.start, base + scanner.firstEnd);
    const end = Math.min(scanner.targetEnd, scanner.targetStart + shown);
    this.target = latin1(bytes, base + scanner.targetStart, base + end);
    if (head !== undefined)
      this.host = latin1(bytes, base + head.hostStart, base + Math.min(head.hostEnd, head.hostStart + shown));
  }

  /** Tells it, once. */
  tell(sink: RelayEventSink, who: Requester, nowMs: number): void {
    if (this.#told) return;
    this.#told = true;
    if (!sink.watched) return;
    const event: RelayEvent = {
      cookie: who.cookie,
      seq: this.seq,
      workload: who.workload,
      client: who.client,
      destination: who.destination,
      decision: this.decision,
      reason: this.reason,
      detail: this.detail,
      method: this.method,
      host: this.host,
      target: this.target,
      status: this.status,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      startUs: Math.round((performance.timeOrigin + this.startMs) * 1000),
      firstByteUs: this.firstMs === 0 ? 0 : (this.firstMs - this.startMs) * 1000,
      durationUs: (nowMs - this.startMs) * 1000,
    };
    sink.emit(event);
  }
}
