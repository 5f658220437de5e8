/** The load generator and the server under test, as processes, on loopback. */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { httpLine, type HttpJob, type Report } from '../../src/bench/generator.js';
import { buildNative, type NativePrograms } from '../../src/bench/native.js';

describe('load generator and server of the benchmark', function () {
  this.timeout(20_000);
  let directory: string;
  let programs: NativePrograms;
  let server: ChildProcess;
  let http: number;
  let bulk: number;

  before(async () => {
    directory = `${mkdtempSync(join(tmpdir(), 'onehop-bench-'))}/`;
    programs = await buildNative(directory);
    [http, bulk] = await freePorts();
    server = spawn(programs.server, ['127.0.0.1', String(http), String(bulk)], { stdio: 'inherit' });
    await untilListening(http);
  });

  after(() => {
    server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  function run(line: string): Report {
    const { stdout, status, stderr } = spawnSync(programs.loadgen, { input: `${line}\n`, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Report;
  }

  const job = (values: Partial<HttpJob>): string =>
    httpLine({
      to: `127.0.0.1:${http}`,
      host: 'shop',
      connections: 4,
      mode: 'keep',
      bytes: 1024,
      warmMs: 20,
      ms: 80,
      ...values,
    });

  const runs: [string, Partial<HttpJob>][] = [
    ['keep-alive', {}],
    ['empty bodies', { bytes: 0 }],
    ['1 MiB on many connections', { bytes: 1 << 20, connections: 32, minRequests: 64, maxMs: 2000 }],
    ['a connection for each request, closed by the server', { mode: 'close' }],
    ['a connection for each request, closed by the client', { mode: 'hangup' }],
    ['a fixed rate', { rate: 2000 }],
    ['a fixed rate with a connection for each request', { rate: 500, mode: 'close' }],
  ];
  for (const [what, values] of runs)
    it(`HTTP: ${what}`, () => {
      const report = run(job(values));
      assert.equal(report.failure, '');
      assert.ok(report.requests > 0 && report.allRequests >= report.requests);
      assert.ok(report.p50Us > 0 && report.p50Us <= report.p99Us && report.p99Us <= report.maxUs);
      if (values.mode === undefined) assert.equal(report.connections, values.connections ?? 4);
      else assert.equal(report.connections, report.allRequests);
    });

  it('a window with few answers is prolonged', () => {
    const report = run(job({ ms: 1, minRequests: 200, maxMs: 3000 }));
    assert.ok(report.requests >= 200, `${report.requests}`);
  });

  it('sends as often as it was told', () => {
    const { requests, unserved } = run(job({ rate: 1000, ms: 500 }));
    assert.equal(unserved, 0);
    assert.ok(Math.abs(requests - 500) <= 1, `${requests}`);
  });

  for (const direction of ['down', 'up'] as const)
    it(`streams ${direction}: every byte is counted and compared`, () => {
      const report = run(`bulk to=127.0.0.1:${bulk} connections=2 dir=${direction} warm=20 ms=100`);
      assert.equal(report.failure, '');
      assert.ok(report.bytes > 1 << 20);
    });

  const refused: [string, string, RegExp][] = [
    ['a port on which nobody listens', 'http to=127.0.0.1:1 ms=10', /refused/],
    ['an unknown word', 'http to=127.0.0.1:1 fast=1', /unknown word fast=1/],
    ['something else', 'ftp to=127.0.0.1:1', /neither http nor bulk/],
    ['no address', 'http to=nowhere', /nowhere is no address/],
  ];
  for (const [what, line, expected] of refused)
    it(`says what is wrong: ${what}`, () => assert.match(run(line).failure, expected));

  /** What comes from the server on the n-th connection (from 0), at byte `at` of the stream. */
  type Change = (chunk: Buffer, at: number, n: number) => Buffer | 'end' | 'reset';
  const replaced =
    (from: string, to: string): Change =>
    (chunk) =>
      Buffer.from(chunk.toString('latin1').replace(from, to), 'latin1');
  const damages: [string, Change, RegExp][] = [
    [
      'one wrong bit',
      (chunk) => {
        const copy = Buffer.from(chunk);
        copy[copy.length - 1]! ^= 1;
        return copy;
      },
      /wrong bytes in the body/,
    ],
    [
      'a byte too many',
      (chunk) => Buffer.concat([chunk, Buffer.from('x')]),
      /bytes after the end|nobody asked for/,
    ],
    [
      'a missing end',
      (chunk, at) => (at > 0 ? 'end' : chunk.subarray(0, -1)),
      /end of stream|without an answer/,
    ],
    ['a reset', () => 'reset', /reset|end of stream/],
    ['another status', replaced('200 OK', '503 No'), /status: HTTP\/1.1 503/],
    ['another length', replaced('Length: 1024', 'Length: 1023'), /content-length 1023 instead of 1024/],
    [
      'the answer to another request',
      replaced('Nonce: 0', 'Nonce: 9'),
      /response to request 9\d+ instead of/,
    ],
  ];
  for (const [what, change, expected] of damages)
    it(`sees ${what}`, async () => {
      using between = await Between.start(http, change);
      const report = await runAlone(
        programs.loadgen,
        job({ to: `127.0.0.1:${between.port}`, connections: 1 }),
      );
      assert.ok(report.failed > 0);
      assert.match(report.failure, expected);
    });

  it('a stall counts for every request that fell into it', async () => {
    // One connection, 1000 requests a second for a second, and no answers for 300 ms of it.
    let stalled = false;
    using between = await Between.start(http, (chunk, at) => {
      if (at > 100_000 && !stalled) {
        stalled = true;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      }
      return chunk;
    });
    const line = job({ to: `127.0.0.1:${between.port}`, connections: 1, rate: 1000, warmMs: 0, ms: 1000 });
    const report = await runAlone(programs.loadgen, line);
    assert.equal(report.failure, '');
    // Measured from when they were sent, one of 1000 would be late: p99 would not show it.
    assert.ok(report.p99Us > 200_000, `p99 ${report.p99Us}`);
    assert.ok(report.p90Us > 100_000, `p90 ${report.p90Us}`);
    assert.ok(report.maxUs < 2_000_000, `max ${report.maxUs}`);
  });

  it('is no slower than wrk', function () {
    if (spawnSync('wrk', ['--version']).error !== undefined) this.skip();
    const url = `http://127.0.0.1:${http}/1024/1`;
    const wrk = spawnSync('wrk', ['-t1', '-c16', '-d1s', url], { encoding: 'utf8' }).stdout;
    const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(wrk)?.[1]);
    const own = run(job({ connections: 16, ms: 1000 }));
    assert.ok(rate > 0, wrk);
    assert.ok(own.requests / (own.windowNs / 1e9) > 0.7 * rate, `${own.requests} beside wrk's ${rate}`);
  });
});

/** Stands between client and server and changes what the server says. */
class Between {
  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
  ) {}

  static async start(
    port: number,
    change: (chunk: Buffer, at: number, n: number) => Buffer | 'end' | 'reset',
  ): Promise<Between> {
    const sockets = new Set<Socket>();
    let n = 0;
    const server = createServer((client) => {
      const index = n++;
      let at = 0;
      const upstream = connect(port, '127.0.0.1');
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => undefined);
      }
      client.pipe(upstream);
      upstream.on('data', (chunk) => {
        const changed = change(chunk, at, index);
        at += chunk.length;
        if (changed === 'end') client.end();
        else if (changed === 'reset') client.resetAndDestroy();
        else client.write(changed);
      });
      upstream.on('end', () => client.end());
      client.on('close', () => upstream.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Between(server, sockets);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

/** Beside this process, which answers meanwhile. */
async function runAlone(program: string, line: string): Promise<Report> {
  const running = promisify(execFile)(program);
  running.child.stdin?.end(`${line}\n`);
  return JSON.parse((await running).stdout) as Report;
}

async function freePorts(): Promise<[number, number]> {
  const ports: number[] = [];
  for (let i = 0; i < 2; i++) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
    server.close();
  }
  return [ports[0]!, ports[1]!];
}

async function untilListening(port: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const socket = connect(port, '127.0.0.1');
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nobody listens on ${port}`);
}
