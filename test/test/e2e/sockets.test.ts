import assert from 'node:assert/strict';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { sendRequests } from '@onehop/lab/traffic/requests.js';
import type { AnswerLine, ConnectedLine } from '@onehop/lab/traffic/lines.js';
import { TestLab } from '../../src/e2e/testLab.js';

interface Peer {
  readonly local: { readonly address: string; readonly port: number };
  readonly remote: { readonly address: string; readonly port: number };
}

interface Seen {
  readonly client: ConnectedLine;
  readonly server: Peer;
}

describe('what sockets say of themselves', () => {
  let lab: TestLab;
  before(async () => {
    lab = await TestLab.up('socks', 'echo');
  });
  after(() => lab.down());

  const ask = async (host: string, to: string, family: 4 | 6): Promise<Seen> => {
    const url = `http://${host}:8080/peer`;
    const headers = [['to', to]] as const;
    const run = await sendRequests(createLocalBackend(), lab.name, 'client', { url, headers, family });
    let client: ConnectedLine | undefined;
    let answer: AnswerLine | undefined;
    for await (const line of run.lines) {
      if (line.type === 'connected') client = line;
      if (line.type === 'answer') answer = line;
    }
    assert.ok(client !== undefined && answer !== undefined, 'connected and answered');
    const peer = JSON.parse(
      Buffer.from(answer.body, answer.bodyEncoding === 'base64' ? 'base64' : 'utf8').toString(),
    ) as Peer;
    return { client, server: peer };
  };
  const plain = (address: string): string => address.replace(/^::ffff:/, '');

  const client = { 4: '198.18.1.11', 6: 'fd00:198:18:1::11' };
  const vip = {
    echo: { 4: '198.18.100.10', 6: 'fd00:198:18:100::10' },
    tcp: { 4: '198.18.100.11', 6: 'fd00:198:18:100::11' },
  };
  const server = { near: '198.18.1.12', far: '198.18.2.12' };
  const tcpServer = { 4: '198.18.2.12', 6: 'fd00:198:18:2::12' };

  for (const family of [4, 6] as const) {
    for (const to of ['near', 'far'] as const) {
      it(`kernel path, ${to}, IPv${family}: the client sees the listener's address and its own, the server its own`, async () => {
        const seen = await ask('echo', to, family);
        assert.equal(plain(seen.client.local.address), client[family]);
        assert.deepEqual(
          [plain(seen.client.remote.address), seen.client.remote.port],
          [vip.echo[family], 8080],
        );
        assert.deepEqual([plain(seen.server.local.address), seen.server.local.port], [server[to], 8080]);
        // The one difference to no mesh, and documented: the server's peer is the pooled connection of the client's node.
        assert.equal(plain(seen.server.remote.address).startsWith('198.18.'), true);
      });
    }
    it(`direct path, IPv${family}: the server sees the client itself`, async () => {
      const seen = await ask('tcp', 'far', family);
      assert.equal(plain(seen.client.local.address), client[family]);
      assert.deepEqual([plain(seen.client.remote.address), seen.client.remote.port], [vip.tcp[family], 8080]);
      assert.deepEqual([plain(seen.server.local.address), seen.server.local.port], [tcpServer[family], 8080]);
      assert.deepEqual(
        [plain(seen.server.remote.address), seen.server.remote.port],
        [client[family], seen.client.local.port],
        'address and port of the client',
      );
    });
  }

  it('an address that no listener has is left alone', async () => {
    const seen = await ask(server.far, 'far', 4);
    assert.deepEqual([plain(seen.client.remote.address), seen.client.remote.port], [server.far, 8080]);
    assert.deepEqual(
      [plain(seen.server.remote.address), seen.server.remote.port],
      [client[4], seen.client.local.port],
    );
  });
});
