import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { status as code, type ServiceError } from '@grpc/grpc-js';
import type { Event, Status } from '@onehop/core/api/agent.generated.js';
import { decodeBtf } from '@onehop/core/btf/decode.js';
import { wireBtf } from '@onehop/core/wire/wire.generated.js';
import { createHandlers, type ApiParts } from '../../src/api/handlers.js';
import { MapReader } from '../../src/api/maps.js';
import { ApiServer, SocketError } from '../../src/api/server.js';
import { EventHub } from '../../src/events/hub.js';
import { Log } from '../../src/log/logger.js';
import type { AgentEvent, Knobs } from '../../src/parts.js';
import { take, TestClient } from './client.js';

describe('API server', () => {
  let folder: string;
  let socket: string;
  let logFile: string;
  let log: Log;
  let parts: ApiParts & { readonly changed: Set<() => void>; knobs: Knobs; generation: number };
  const servers: ApiServer[] = [];
  let client: TestClient;

  /** Closed after the test, whatever comes of it. */
  const listen = async (path: string): Promise<void> =>
    void servers.push(await ApiServer.listen(path, createHandlers(parts), log.root));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onehop-api-'));
    socket = join(folder, 'agent.sock');
    logFile = join(folder, 'agent.log');
    log = Log.open(logFile, 'info', {});
    parts = fakeParts(log);
    await listen(socket);
    client = new TestClient(socket);
  });

  afterEach(() => {
    client.close();
    for (const server of servers.splice(0)) server.close();
    log.close();
    rmSync(folder, { recursive: true });
  });

  describe('its socket', () => {
    it('may be opened by its owner only; the umask of the process is as before', async () => {
      const path = join(folder, 'other.sock');
      const before = process.umask();
      await listen(path);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(process.umask(), before, 'the umask was not put back');
    });

    it('refuses other users', function () {
      if (process.getuid?.() !== 0) this.skip();
      // Their own folder rights would already do; make sure the socket's mode does, too.
      spawnSync('chmod', ['755', folder]);
      const script = `require('node:net').connect(${JSON.stringify(socket)}).on('connect',()=>process.exit(0)).on('error',e=>{console.log(e.code);process.exit(1)})`;
      const { stdout, status } = spawnSync(process.execPath, ['-e', script], {
        uid: 65534,
        gid: 65534,
        encoding: 'utf8',
      });
      assert.deepEqual([status, stdout.trim()], [1, 'EACCES']);
    });

    it('is removed on close', () => {
      servers[0]?.close();
      assert.equal(existsSync(socket), false);
    });

    it('is not taken from an agent that answers', async () => {
      await assert.rejects(
        listen(socket),
        (error) =>
          error instanceof SocketError &&
          /Another process listens/.test(error.message) &&
          /onehop down/.test(error.hint),
      );
      assert.equal((await client.call('GetStatus', {})).node, 'node-1');
    });

    it('is taken over from an agent that died', async () => {
      const path = join(folder, 'stale.sock');
      const script = `require('node:net').createServer().listen(${JSON.stringify(path)},()=>process.kill(process.pid,'SIGKILL'))`;
      spawnSync(process.execPath, ['-e', script]);
      assert.ok(existsSync(path), 'the dead process left no socket');
      await listen(path);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    });

    it('does not replace a file that is no socket', async () => {
      const path = join(folder, 'notes.txt');
      writeFileSync(path, 'keep me');
      await assert.rejects(listen(path), /is no socket/);
      assert.equal(readFileSync(path, 'utf8'), 'keep me');
    });

    it('says so when it cannot be made', async () => {
      await assert.rejects(
        listen(join(folder, 'no/such/folder.sock')),
        (error) => error instanceof SocketError && error.hint.includes('folder must exist'),
      );
    });

    it('is probed without disturbing whoever is there', async () => {
      const path = join(folder, 'foreign.sock');
      const foreign = createServer().listen(path);
      await once(foreign, 'listening');
      try {
        await assert.rejects(listen(path), SocketError);
      } finally {
        foreign.close();
      }
    });
  });

  describe('bad input', () => {
    const cases: [call: () => Promise<unknown>, expected: number, text: RegExp][] = [
      [
        () => client.call('TraceSocket', { address: 'reviews', port: 1 }),
        code.INVALID_ARGUMENT,
        /"reviews" is not an IP/,
      ],
      [
        () => client.call('TraceSocket', { address: '198.18.1.10', port: 70_000 }),
        code.INVALID_ARGUMENT,
        /70000 is not a port/,
      ],
      [
        () => client.call('TraceSocket', { address: '198.18.1.10', port: 1 }),
        code.NOT_FOUND,
        /No mesh connection/,
      ],
      [() => client.call('DumpMap', { name: 'oh_rout' }), code.NOT_FOUND, /no map "oh_rout"/],
      [() => client.call('SetLogLevel', { level: 'loud' }), code.INVALID_ARGUMENT, /"loud".*trace, debug/],
      [() => client.call('SetKnobs', { sampleEvery: 0 }), code.INVALID_ARGUMENT, /sample_every/],
      [
        () => take(client.watch('WatchMap', { name: 'oh_rout', intervalMs: 0 }), 1),
        code.NOT_FOUND,
        /no map "oh_rout"/,
      ],
      [
        () => take(client.watch('WatchEvents', { workloads: ['productpage'] }), 1),
        code.NOT_FOUND,
        /Workloads: productpage-v1/,
      ],
    ];
    for (const [i, [call, expected, text]] of cases.entries())
      it(`case ${i}: ${text.source}`, async () => {
        await assert.rejects(
          call(),
          (error: ServiceError) => error.code === expected && text.test(error.details),
        );
      });

    it('is not written to the log as a failure; a defect is', async () => {
      await assert.rejects(client.call('DumpMap', { name: 'x' }));
      assert.doesNotMatch(readFileSync(logFile, 'utf8'), /failed/);
      await assert.rejects(
        client.call('Explain', {
          address: '',
          port: 0,
          head: new Uint8Array(),
          method: '',
          target: '',
          headers: [],
        }),
        (error: ServiceError) => error.code === code.INTERNAL,
      );
      assert.match(readFileSync(logFile, 'utf8'), /no questions in this test.*an API call failed/);
    });
  });

  it('pushes the status: at once, then after every change', async () => {
    const stream = client.watch('WatchStatus', {});
    const seen = take(stream, 3);
    while (parts.changed.size === 0) await new Promise(setImmediate);
    for (const generation of [8, 9]) {
      parts.generation = generation;
      for (const listener of parts.changed) listener();
    }
    assert.deepEqual(
      (await seen).map(({ generation }) => generation),
      [7, 8, 9],
    );
  });

  it('pushes the routes at once and after a new generation, not when nothing has changed', async () => {
    const stream = client.watch('WatchRoutes', { intervalMs: 100 });
    const seen = take(stream, 2);
    while (parts.changed.size === 0) await new Promise(setImmediate);
    // Three looks of the interval find nothing new.
    await new Promise((resolve) => setTimeout(resolve, 350));
    parts.generation = 8;
    for (const listener of parts.changed) listener();
    assert.deepEqual(
      (await seen).map(({ generation }) => generation),
      [7, 8],
    );
    stream.cancel();
    while (parts.changed.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('sums up the traffic of each interval, also when there is none', async () => {
    const stream = client.watch('WatchTraffic', { intervalMs: 100 });
    await once(stream, 'metadata');
    for (let seq = 0; seq < 3; seq++) parts.hub.emit(event(seq, 'productpage-v1'));
    const [first, second] = await take(stream, 2);
    assert.deepEqual(
      first?.rows.map(({ workload, path, requests }) => [workload, path, requests]),
      [['productpage-v1', 'kernel', 3]],
    );
    assert.deepEqual([second?.rows, second?.flows], [[], []]);
    stream.cancel();
    while (parts.hub.watched) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('forgets a watcher that has gone', async () => {
    const stream = client.watch('WatchStatus', {});
    await take(stream, 1);
    const events = client.watch('WatchEvents', { workloads: [] });
    await once(events, 'metadata');
    assert.equal(parts.hub.watched, true);
    stream.cancel();
    events.cancel();
    while (parts.changed.size > 0 || parts.hub.watched)
      await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('sends no event before the header that confirms the subscription, and all after it', async () => {
    const stream = client.watch('WatchEvents', { workloads: ['productpage-v1'] });
    await once(stream, 'metadata');
    for (let seq = 0; seq < 5_000; seq++)
      parts.hub.emit(event(seq, seq % 2 === 0 ? 'productpage-v1' : 'ratings-v1'));
    const seen = await take(stream, 2_500);
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      Array.from({ length: 2_500 }, (_, i) => 2 * i),
    );
    assert.deepEqual([seen[0]?.node, seen[0]?.cookie], ['node-1', '18446744073709551615']);
  });

  it('sets the knobs that are given and tells all', async () => {
    assert.deepEqual(await client.call('SetKnobs', { forceRelay: true }), {
      sampleEvery: 1,
      ratePerSec: 50,
      forceRelay: true,
    });
    assert.deepEqual(await client.call('SetKnobs', { ratePerSec: 0 }), {
      sampleEvery: 1,
      ratePerSec: 0,
      forceRelay: true,
    });
    assert.deepEqual(await client.call('GetKnobs', {}), { sampleEvery: 1, ratePerSec: 0, forceRelay: true });
  });

  it('sets the log level, also of parts that have a logger of their own', async () => {
    const part = log.root.child({ part: 'xds' });
    part.debug('unheard');
    assert.deepEqual(await client.call('SetLogLevel', { level: 'debug' }), { level: 'debug' });
    part.debug('heard');
    const lines = readFileSync(logFile, 'utf8');
    assert.match(lines, /"part":"xds","msg":"heard"/);
    assert.doesNotMatch(lines, /unheard/);
    assert.equal(statSync(logFile).mode & 0o777, 0o600);
  });
});

function fakeParts(log: Log) {
  const changed = new Set<() => void>();
  const state = {
    changed,
    generation: 7,
    knobs: { sampleEvery: 1, ratePerSec: 50, forceRelay: false } as Knobs,
    status: (): Status => ({
      version: '0.1.0',
      node: 'node-1',
      pid: process.pid,
      kernel: '6.18',
      state: 'ready',
      capabilities: [],
      programs: [],
      generation: state.generation,
      resources: [],
      controlPlane: null,
      workloads: [],
      anchorPort: 15001,
    }),
    onStatus: (listener: () => void) => {
      changed.add(listener);
      return () => void changed.delete(listener);
    },
    routes: () => ({ generation: state.generation, rows: [] }),
    nowUs: () => 1_000_000,
    explain: () => {
      throw new Error('no questions in this test');
    },
    counters: () => ({ reasons: {}, relay: null, pools: [], clusters: [] }),
    maps: new MapReader(new Map(), decodeBtf(Buffer.from(wireBtf, 'base64')), () => ''),
    hub: new EventHub('node-1'),
    datapath: {
      knobs: () => state.knobs,
      setKnobs: (knobs: Partial<Knobs>) => void (state.knobs = { ...state.knobs, ...knobs }),
      trace: () => undefined,
    },
    workloads: [
      { name: 'productpage-v1', id: 1, addresses: [], cgroup: '/x' },
      { name: 'ratings-v1', id: 2, addresses: [], cgroup: '/y' },
    ],
    log,
  };
  return state;
}

function event(seq: number, workload: string): AgentEvent {
  const empty = {
    client: '',
    destination: '',
    listener: '',
    virtualHost: '',
    route: '',
    cluster: '',
    endpoint: '',
    reason: '',
  };
  const request = {
    method: 'GET',
    host: 'reviews',
    target: '/',
    status: 200,
    requestBytes: 0,
    responseBytes: 0,
  };
  const times: Pick<Event, 'startUs' | 'firstByteUs' | 'durationUs'> = {
    startUs: 1,
    firstByteUs: 0,
    durationUs: 0,
  };
  return {
    type: 'request',
    cookie: '18446744073709551615',
    seq,
    workload,
    path: 'kernel',
    generation: 1,
    source: 'kernel',
    sameNode: false,
    ...empty,
    ...request,
    ...times,
  };
}
