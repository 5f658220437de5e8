import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { parseListeners, socketKey } from '../../src/backends/local/listening.js';

describe('listening sockets in /proc', () => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
    it(`finds one on ${host}`, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
      const { port } = server.address() as AddressInfo;
      const find = (): boolean => {
        const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/self/net/${name}`, 'utf8'));
        return tables.flatMap(parseListeners).includes(socketKey(host, port));
      };
      assert.equal(find(), true);
      await new Promise((resolve) => server.close(resolve));
      assert.equal(find(), false);
    });
  }

  // As a little endian kernel prints them.
  const keys: [string, number, string][] = [
    ['198.18.1.11', 9080, '0B0112C6:2378'],
    ['fd00:198:18:1::11', 3306, '980100FD01001800000000001100000000'.slice(0, 24) + '11000000:0CEA'],
    ['::ffff:10.0.0.1', 80, '0000000000000000FFFF00000100000A:0050'],
  ];
  for (const [address, port, expected] of keys) {
    it(`writes ${address} as the kernel does`, () => assert.equal(socketKey(address, port), expected));
  }

  it('leaves connections out', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F91 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
`;
    assert.deepEqual(parseListeners(table), ['0100007F:1F90']);
  });
});
