import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerWritableStream,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { loaderOptions, protoFile } from '@onehop/core/api/agent.generated.js';
import { AgentClient } from '../../src/agent/client.js';
import { AgentError } from '../../src/agent/errors.js';

type Stream = ServerWritableStream<unknown, unknown>;

/** Against a server that speaks the agent's API and does what a test says. */
describe('client of the agent', () => {
  let folder: string;
  let socket: string;
  let server: Server;
  let client: AgentClient;
  let onWatch: (call: Stream) => void;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onehop-client-'));
    socket = join(folder, 'agent.sock');
    server = new Server();
    server.addService(agentService(), {
      GetKnobs: (_call: unknown, reply: (error: null, value: object) => void) =>
        reply(null, { sampleEvery: 4_294_967_295, ratePerSec: 0, forceRelay: false }),
      SetKnobs: (call: { request: object }, reply: (error: null, value: object) => void) =>
        reply(null, call.request),
      TraceSocket: (_call: unknown, reply: (error: null, value: object) => void) =>
        reply(null, { cookie: '18446744073709551615' }),
      DumpMap: (_call: unknown, reply: (error: object) => void) =>
        reply({ code: status.NOT_FOUND, details: 'There is no map "x".' }),
      GetStatus: (_call: unknown, reply: (error: object) => void) =>
        reply({ code: status.INTERNAL, details: 'boom' }),
      SetLogLevel: (_call: unknown, reply: (error: object) => void) =>
        reply({ code: status.INVALID_ARGUMENT, details: '"x" is no log level.' }),
      WatchEvents: (call: Stream) => onWatch(call),
    });
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    client = new AgentClient({
      lab: 'demo',
      node: 'node-1',
      socket,
      log: '/run/onehop/demo/log/agent-node-1.log',
    });
  });

  after(() => {
    client.close();
    server.forceShutdown();
    rmSync(folder, { recursive: true });
  });

  it('reads numbers as numbers and cookies as text', async () => {
    assert.deepEqual(await client.knobs(), { sampleEvery: 4_294_967_295, ratePerSec: 0, forceRelay: false });
    assert.equal(await client.traceSocket('198.18.1.11', 4000), '18446744073709551615');
  });

  it('tells what is set from what is left out', async () => {
    assert.deepEqual(await client.setKnobs({ forceRelay: false }), { forceRelay: false });
    assert.deepEqual(await client.setKnobs({ ratePerSec: 0 }), { ratePerSec: 0 });
  });

  const failures: [
    what: string,
    call: () => Promise<unknown>,
    reason: string,
    message: RegExp,
    hint: RegExp,
  ][] = [
    ['what is not there', () => client.map('x'), 'not-found', /^There is no map "x"\.$/, /name and the node/],
    ['what makes no sense', () => client.setLogLevel('x'), 'invalid', /^"x" is no log level\.$/, /Correct/],
    [
      'a defect',
      () => client.status(),
      'failed',
      /^GetStatus on node node-1 failed: boom$/,
      /agent-node-1\.log/,
    ],
    ['a method that it does not have', () => client.counters(), 'unsupported', /./, /./],
  ];
  for (const [what, call, reason, message, hint] of failures)
    it(`tells ${what}: ${reason}`, () =>
      assert.rejects(
        call(),
        (error) =>
          AgentError.is(error) &&
          error.reason === reason &&
          message.test(error.message) &&
          hint.test(error.hint),
      ));

  it('says so when no agent answers, and where its log is', async () => {
    using gone = new AgentClient({
      lab: 'demo',
      node: 'node-2',
      socket: join(folder, 'none.sock'),
      log: '/x/agent.log',
    });
    for (const call of [() => gone.knobs(), () => gone.watchEvents()])
      await assert.rejects(
        call(),
        (error) =>
          AgentError.is(error, 'gone') &&
          /node node-2 does not answer/.test(error.message) &&
          /\/x\/agent\.log.*onehop up --name demo/.test(error.hint),
      );
  });

  it('is subscribed when it says so', async () => {
    let confirm = (): void => undefined;
    onWatch = (call) => (confirm = () => call.sendMetadata(new Metadata()));
    let subscribed = false;
    const pending = client.watchEvents().then((stream) => {
      subscribed = true;
      return stream;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(subscribed, false);
    confirm();
    (await pending).close();
  });

  it('ends quietly when it is closed', async () => {
    onWatch = (call) => {
      call.sendMetadata(new Metadata());
      for (let seq = 0; seq < 3; seq++) call.write({ type: 'request', seq });
    };
    using stream = await client.watchEvents();
    const seen: number[] = [];
    for await (const { seq } of stream) {
      seen.push(seq);
      if (seq === 2) stream.close();
    }
    assert.deepEqual(seen, [0, 1, 2]);
  });

  it('tells an agent that goes away in the middle', async () => {
    onWatch = (call) => {
      call.sendMetadata(new Metadata());
      call.write({ type: 'request', seq: 0 });
      setTimeout(() => call.emit('error', { code: status.UNAVAILABLE, details: 'going' }), 20);
    };
    using stream = await client.watchEvents();
    const seen: number[] = [];
    await assert.rejects(
      async () => {
        for await (const { seq } of stream) seen.push(seq);
      },
      (error) => AgentError.is(error, 'gone'),
    );
    assert.deepEqual(seen, [0]);
  });

  it('tells an agent that goes away before anybody reads', async () => {
    onWatch = (call) => {
      call.sendMetadata(new Metadata());
      call.emit('error', { code: status.UNAVAILABLE, details: 'going' });
    };
    using stream = await client.watchEvents();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await assert.rejects(
      async () => {
        for await (const _event of stream) assert.fail('there is no event');
      },
      (error) => AgentError.is(error, 'gone'),
    );
  });
});

function agentService(): ServiceDefinition {
  const folder = new URL('./src/api/', import.meta.resolve('@onehop/core/package.json'));
  return loadSync(fileURLToPath(new URL(protoFile, folder)), loaderOptions)[
    'onehop.agent.v1.Agent'
  ] as ServiceDefinition;
}
