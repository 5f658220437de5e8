import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { wasReset } from '../../src/pool/wasReset.js';

describe('what is told of a connection that ends in the same turn as its last data', () => {
  const cases: readonly [does: string, how: (socket: Socket) => void, expected: string][] = [
    ['a reset', (socket) => socket.resetAndDestroy(), 'reset'],
    ['an end', (socket) => socket.end(), 'end'],
    ['a close', (socket) => socket.destroy(), 'end'],
  ];
  for (const [does, how, expected] of cases)
    it(`${does} is told as such`, async () => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          socket.write('hello');
          how(socket);
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      client.write('go');
      let got = '';
      const told = await new Promise<string>((resolve) => {
        client.on('data', (chunk: Buffer) => (got += chunk.toString()));
        client.on('end', () => resolve(wasReset(client) ? 'reset' : 'end'));
        client.on('error', () => resolve('reset'));
      });
      const { readyState } = client;
      client.destroy();
      server.close();
      assert.equal(got, 'hello');
      assert.equal(told, expected);
      if (expected === 'end') assert.equal(readyState, 'writeOnly', 'the other way stays open');
    });
});
