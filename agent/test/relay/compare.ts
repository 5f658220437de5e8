/** Plays a shape with no mesh and through the relay, and compares what both ends saw. */
import assert from 'node:assert/strict';
import { eventually, Peer, turn, type PeerEnd } from './peer.js';
import { RawServer, Rig } from './rig.js';
import type { Shape } from './shapes/shape.js';

export interface Outcome {
  readonly client: string;
  readonly clientEnd: PeerEnd;
  readonly server: string;
  readonly serverEnd: PeerEnd | undefined;
}

export async function play(shape: Shape, mesh: boolean): Promise<Outcome> {
  let playing = 0;
  const server = await RawServer.listen(async (peer) => {
    await eventually(
      () => peer.receivedLength > 0 || peer.closed || peer.end !== 'open',
      'a first byte',
    ).catch(() => {});
    if (peer.receivedLength === 0) return;
    playing++;
    try {
      await shape.server(peer);
    } finally {
      playing--;
    }
  });
  const rig = mesh ? await Rig.start([server.port]) : undefined;
  try {
    const client = await Peer.connect(rig?.relay.port ?? server.port);
    try {
      await shape.client(client);
      await eventually(() => playing === 0, 'the server to finish');
      await turn(5);
      return {
        client: client.received.toString('latin1'),
        clientEnd: client.end,
        server: server.used.map((peer) => peer.received.toString('latin1')).join(''),
        serverEnd: shape.serverEnd === true ? server.used.at(-1)?.end : undefined,
      };
    } finally {
      client.socket.destroy();
      if (server.errors.length > 0) throw server.errors[0];
    }
  } finally {
    await rig?.close();
    await server.close();
  }
}

export async function same(shape: Shape): Promise<void> {
  const expected = await play(shape, false);
  assert.notEqual(expected.server, '', 'the shape sends nothing');
  const got = await play(shape, true);
  if (shape.dropsRest === true) {
    assert.ok(got.server !== '' && expected.server.startsWith(got.server), got.server);
    assert.deepEqual({ ...got, server: '' }, { ...expected, server: '' });
  } else {
    assert.deepEqual(got, expected);
  }
}

/** {@link same} for many shapes, a few at a time. */
export async function allSame(shapes: readonly Shape[]): Promise<void> {
  const left = [...shapes];
  const worker = async (): Promise<void> => {
    for (let shape = left.shift(); shape !== undefined; shape = left.shift()) {
      const { name } = shape;
      await same(shape).catch((error: unknown) => {
        throw new Error(name, { cause: error });
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
