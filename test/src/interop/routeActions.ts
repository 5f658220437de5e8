/** What Envoy and the relay's router make of one request: told to a service, or answered. */
import { createServer, connect, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { WasmRouter } from '@onehop/core/router/wasmRouter.js';
import { modelInForce } from '@onehop/core/router/modelInForce.js';
import { compileOffline, keyBytes } from '@onehop/core/offline/compiled.js';
import { CONFIG_MAPS, type MapLimits } from '@onehop/core/compile/limits.js';
import { xdsSetOf, type XdsResource } from '@onehop/core/resources/model.js';
import type { Btf } from '@onehop/core/btf/decode.js';
import { RelayRouter } from '@onehop/agent/datapath/relayRouter.js';
import { formatReply, refusalReply } from '@onehop/agent/relay/localReply.js';
import type { RequestOrigin } from '@onehop/agent/relay/router.js';
import { parseIp } from '@onehop/core/wire/ip.js';

/** What the client is told; the body of a service is the head that the service got. */
export interface Seen {
  readonly status: string;
  /** Lower case, in order. */
  readonly headers: readonly string[];
  readonly body: string;
  /** Of a request that went to the service. */
  readonly asked?: { readonly first: string; readonly headers: readonly string[] };
}

/** Answers each request with its head. */
export class HeadServer {
  private constructor(private readonly server: Server) {}

  static async listen(): Promise<HeadServer> {
    const server = createServer((socket) => {
      let text = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          socket.write(serviceAnswer(text.slice(0, end)), 'latin1');
          text = text.slice(end + 4);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new HeadServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }
}

function serviceAnswer(head: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${head.length}\r\nX-Up: one\r\nx-up: two\r\nX-Del: q\r\n\r\n${head}`;
}

/** What Envoy adds to every message, and OneHop does not (docs/relay-actions.md). */
const ADDED = /^(?:date|server|x-request-id|x-forwarded-proto|x-envoy-[a-z-]+|connection|content-length): /;

/** Reads the answer to one request. */
export function seen(text: string): Seen {
  const [head = '', body = ''] = split(text);
  const { first, headers } = lines(head);
  const status = first.slice(9, 12);
  if (!/^[A-Z]+ \S* HTTP\/1\.1\r\n/.test(body)) return { status, headers, body };
  return { status, headers, body: '', asked: lines(body) };
}

function split(text: string): string[] {
  const end = text.indexOf('\r\n\r\n');
  return [text.slice(0, end), text.slice(end + 4)];
}

function lines(head: string): { readonly first: string; readonly headers: readonly string[] } {
  const [first = '', ...rest] = head.split('\r\n');
  const headers = rest
    .filter((line) => line !== '')
    .map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase()));
  return { first, headers: headers.filter((line) => !ADDED.test(line)) };
}

/** Sends a request to a port of this machine and reads the answer. */
export async function ask(port: number, head: string): Promise<Seen> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('end', resolve);
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (isWhole(text, head)) resolve();
      });
      socket.write(head, 'latin1');
    });
  } finally {
    socket.destroy();
  }
  return seen(text);
}

function isWhole(text: string, asked: string): boolean {
  const [head = '', body = ''] = split(text);
  if (!text.includes('\r\n\r\n')) return false;
  if (asked.startsWith('HEAD') || /^HTTP\/1\.1 (?:204|304)/.test(head)) return true;
  return body.length >= Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
}

/** The relay's router over a configuration that is in force nowhere. */
export class RouterUnderTest {
  private constructor(
    private readonly router: RelayRouter,
    private readonly origin: RequestOrigin,
  ) {}

  static async of(
    module: Uint8Array,
    btf: Btf,
    resources: readonly XdsResource[],
    vip: { readonly ip: string; readonly port: number },
  ): Promise<RouterUnderTest> {
    const limits = Object.fromEntries(CONFIG_MAPS.map((name) => [name, 1 << 16])) as unknown as MapLimits;
    const generation = compileOffline(xdsSetOf(resources), limits);
    if ('problems' in generation) throw new Error(JSON.stringify(generation.problems));
    const wasm = await WasmRouter.load(module, btf, 1n);
    const { plan, model } = generation;
    for (const { map, key, value } of [...plan.writes, plan.flip])
      if (wasm.has(map) && !wasm.set(map, keyBytes(key), value)) throw new Error(`${map} is full`);
    const listenerId = wasm.listener(parseIp(vip.ip) ?? new Uint8Array(16), vip.port);
    const inForce = modelInForce(model, plan.allocation);
    const origin = { listenerId, vip: vip.ip, vipPort: vip.port, cookie: 1n, client: '127.0.0.1:4711' };
    return new RouterUnderTest(new RelayRouter(wasm, () => inForce), origin);
  }

  ask(head: string): Seen {
    const bytes = Buffer.from(head, 'latin1');
    const answer = this.router.decide(this.origin, bytes);
    const isHead = head.startsWith('HEAD');
    const isGrpc = /^content-type: application\/grpc(?:\+\S*)?\r/im.test(head);
    if (answer.kind === 'respond')
      return seen(formatReply(answer, false, { isHead, isGrpc }).toString('latin1'));
    if (answer.kind === 'refuse') {
      const reply = refusalReply(answer.decision.reason);
      const status = answer.status ?? reply.status;
      const whole = { ...reply, status, headers: answer.replyHeaders ?? [] };
      return seen(formatReply(whole, false, { isHead, isGrpc }).toString('latin1'));
    }
    const asked = (answer.changes?.request ?? bytes).toString('latin1');
    const [told = '', body = ''] = split(serviceAnswer(asked.slice(0, -4)));
    const change = answer.changes?.response;
    const changed =
      change?.(Buffer.from(`${told}\r\n\r\n`, 'latin1')).toString('latin1') ?? `${told}\r\n\r\n`;
    return seen(changed + body);
  }
}
