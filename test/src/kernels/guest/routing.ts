/** Connections and requests reach whom the configuration says. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Check } from './check.js';
import { openSocket, pattern, requestBytes } from './http.js';
import type { KernelState } from './kernelState.js';
import { CLIENT, HTTP_PORT, HTTP_VIP, TCP_PORT, TCP_VIP } from './place.js';
import { assertBytes, assertServed, openClient, OTHER_NODE, SAME_NODE, type Target } from './targets.js';

/** Position in the address pairs of place.ts. */
const FAMILIES = [
  ['IPv4', 0],
  ['IPv6', 1],
] as const;
const REQUESTS = 10;

export const ROUTING: readonly Check[] = [
  ...FAMILIES.map(([name, family]): Check => ({
    name: `connect() to a TCP listener goes straight to its endpoint, ${name}`,
    run: () => echoOverVip(family),
  })),
  ...FAMILIES.map(([name, family]): Check => ({
    name: `getpeername() and getsockname() as without a mesh, ${name}`,
    run: () => namesOfSockets(family),
  })),
  {
    name: 'requests of a connection to a server on this node',
    run: (kernel) => carried(kernel, Array<Target>(REQUESTS).fill(SAME_NODE)),
  },
  {
    name: 'requests of a connection to a server on another node',
    run: (kernel) => carried(kernel, Array<Target>(REQUESTS).fill(OTHER_NODE)),
  },
  {
    name: 'each request of a connection is routed anew',
    run: (kernel) =>
      carried(
        kernel,
        Array.from({ length: REQUESTS }, (_, i) => (i % 2 === 0 ? SAME_NODE : OTHER_NODE)),
      ),
  },
  {
    name: 'requests over IPv6',
    run: (kernel) => {
      const targets: Target[] = [
        ['/local6', 'server'],
        ['/other6', 'other-server'],
      ];
      return carried(kernel, [...targets, ...targets], HTTP_VIP[1]);
    },
  },
  { name: 'a header decides the route', run: headerRoute },
  { name: 'regular expressions decide the route', run: regexRoute },
  { name: 'request bodies arrive byte for byte', run: requestBodies },
  { name: 'a head in two pieces goes to the anchor', run: splitHead },
  { name: 'the relay gives a connection back to the kernel', run: givenBack },
  { name: 'many clients at once', run: manyClients },
];

async function echoOverVip(family: 0 | 1): Promise<void> {
  const socket = await openSocket(TCP_VIP[family], TCP_PORT);
  try {
    assert.deepEqual([socket.remoteAddress, socket.remotePort], [TCP_VIP[family], TCP_PORT]);
    socket.write('hello');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'hello');
  } finally {
    socket.destroy();
  }
}

async function namesOfSockets(family: 0 | 1): Promise<void> {
  using client = await openClient(HTTP_VIP[family]);
  assert.equal(client.peer, `${HTTP_VIP[family]}:${HTTP_PORT}`);
  assert.equal(client.localAddress, CLIENT[family]);
}

/** Every request on one connection is answered by the right server, and the relay sees none of them. */
async function carried(kernel: KernelState, targets: readonly Target[], vip?: string): Promise<void> {
  using client = await openClient(vip);
  const counts = await kernel.during(async () => {
    for (const [path, server] of targets) assertServed(await client.request(path), server);
  });
  assert.deepEqual(counts, { carried: targets.length, reasons: {} });
}

async function headerRoute(kernel: KernelState): Promise<void> {
  using client = await openClient();
  const counts = await kernel.during(async () => {
    assertServed(await client.request('/', { headers: { 'X-Node': 'other' } }), OTHER_NODE[1]);
    assertServed(await client.request('/', { headers: { 'X-Node': 'others' } }), SAME_NODE[1]);
    assertServed(await client.request('/'), SAME_NODE[1]);
  });
  assert.deepEqual(counts, { carried: 3, reasons: {} });
}

async function regexRoute(kernel: KernelState): Promise<void> {
  using client = await openClient();
  const counts = await kernel.during(async () => {
    for (const [path, user, [, server]] of [
      ['/v12/a', 'Jason', OTHER_NODE],
      ['/v1', 'mary!', OTHER_NODE],
      ['/v1x', 'jason', SAME_NODE],
      [`/v1${'2'.repeat(2_000)}`, 'jason', OTHER_NODE],
      ['/v1/', 'j', SAME_NODE],
      ['/v1/', 'jason!!!', SAME_NODE],
      // One octet, and none of a word.
      ['/v1/', 'jas\xf6!', OTHER_NODE],
      ['/v1/', 'jas\xf6!!', SAME_NODE],
    ] as const)
      assertServed(await client.request(path, { headers: { 'X-User': user } }), server);
    assertServed(await client.request('/v1'), SAME_NODE[1]);
  });
  assert.deepEqual(counts, { carried: 9, reasons: {} });
}

async function requestBodies(kernel: KernelState): Promise<void> {
  using client = await openClient();
  const body = pattern(12_345);
  const counts = await kernel.during(async () => {
    for (const [path, server] of [SAME_NODE, OTHER_NODE]) {
      const answer = await client.request(path, { body });
      assertServed(answer, server);
      assertBytes(answer.body, body);
    }
  });
  assert.deepEqual(counts, { carried: 2, reasons: {} });
}

async function splitHead(kernel: KernelState): Promise<void> {
  for (const target of [SAME_NODE, OTHER_NODE]) {
    using client = await openClient();
    const counts = await kernel.during(() => requestInTwoPieces(client, target));
    assert.deepEqual(counts, { carried: 0, reasons: { 'head-split': 1 } });
  }
}

async function givenBack(kernel: KernelState): Promise<void> {
  using client = await openClient();
  await requestInTwoPieces(client, SAME_NODE);
  // The relay releases the connection after it has written the answer.
  await delay(100);
  const counts = await kernel.during(async () => {
    assertServed(await client.request(SAME_NODE[0]), SAME_NODE[1]);
    assertServed(await client.request(OTHER_NODE[0]), OTHER_NODE[1]);
  });
  assert.deepEqual(counts, { carried: 2, reasons: { released: 1 } });
}

async function requestInTwoPieces(
  client: Awaited<ReturnType<typeof openClient>>,
  [path, server]: Target,
): Promise<void> {
  const bytes = requestBytes(path);
  await client.send(bytes.subarray(0, 20));
  await delay(50);
  await client.send(bytes.subarray(20));
  assertServed(await client.answer(), server);
}

/** More requests at a time than there are warm connections: whoever carries them, every answer is right. */
async function manyClients(): Promise<void> {
  const clients = await Promise.all(Array.from({ length: 16 }, () => openClient()));
  try {
    await Promise.all(
      clients.map(async (client, i) => {
        for (let n = 0; n < 5; n++) {
          const [path, server] = (i + n) % 2 === 0 ? SAME_NODE : OTHER_NODE;
          const body = pattern(100 + i * 10 + n);
          const answer = await client.request(path, { body });
          assertServed(answer, server);
          assertBytes(answer.body, body);
        }
      }),
    );
  } finally {
    for (const client of clients) client.close();
  }
}
