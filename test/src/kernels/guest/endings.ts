/** Ends of connections, at the worst moments: the next request is answered as if nothing had been. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Check } from './check.js';
import type { KernelState } from './kernelState.js';
import { delayOtherNode, OTHER_SERVER, SERVER } from './place.js';
import { askServer, assertServed, openClient, OTHER_NODE, SAME_NODE, type Target } from './targets.js';

const NODES = [
  ['same node', SAME_NODE, SERVER[0]],
  ['other node', OTHER_NODE, OTHER_SERVER[0]],
] as const;

export const ENDINGS: readonly Check[] = [
  ...NODES.flatMap(([where, target, server]): Check[] => [
    {
      name: `a server that ends the connection with its answer, ${where}`,
      run: (kernel) => lastAnswer(kernel, target),
    },
    { name: `a server that ends idle connections, ${where}`, run: () => idleEnded(target, server) },
    { name: `a client that goes away before its answer, ${where}`, run: () => clientGone(target) },
  ]),
  { name: 'a request that crosses the end of its idle connection is sent again', run: crossing },
];

/** The end of the upstream connection must not overtake the answer, nor reach the client. */
async function lastAnswer(kernel: KernelState, [path, server]: Target): Promise<void> {
  using client = await openClient();
  const counts = await kernel.during(async () => {
    const answer = await client.request(`${path}/close`);
    assertServed(answer, server);
    assert.equal(answer.body.toString(), 'the last');
  });
  assert.deepEqual(counts, { carried: 1, reasons: { 'response-close': 1 } });
}

/** Servers end connections that were not used for a while, not busy ones: OH_STALE_NS in bpf/lib/request.h. */
const IDLE_MS = 400;

async function idleEnded([path, server]: Target, address: string): Promise<void> {
  using client = await openClient();
  assertServed(await client.request(path), server);
  await delay(IDLE_MS);
  assert.ok(Number(await askServer(address, '/end-others/0')) > 0);
  await delay(200);
  for (let i = 0; i < 5; i++) assertServed(await client.request(path), server);
}

/** One way between the nodes, and how long after its answer the server ends the others: each leaves a slow machine 400 ms. */
const WAY_MS = 800;
const ENDS_AFTER_MS = 400;

/**
 * The answer to `/end-others` and the ends after it take the same time to arrive: a request right after the answer leaves
 * before the end of its connection is here, and arrives where nobody reads it. A guest that stood still in between shows
 * nothing but a plain answer, so it may try again.
 */
async function crossing(kernel: KernelState): Promise<void> {
  delayOtherNode(WAY_MS);
  try {
    for (let tries = 3; ; tries--) {
      const counts = await crossOnce(kernel);
      if (tries > 1 && Object.keys(counts.reasons).length === 0) continue;
      assert.deepEqual(counts, { carried: 1, reasons: { 'upstream-gone': 1 } });
      return;
    }
  } finally {
    delayOtherNode(0);
  }
}

async function crossOnce(kernel: KernelState): ReturnType<KernelState['during']> {
  const [path, server] = OTHER_NODE;
  using client = await openClient();
  // New connections for the pool, with the round trip that they will see.
  assert.ok(Number(await askServer(OTHER_SERVER[0], '/end-others/0')) > 0);
  await delay(IDLE_MS + 3 * WAY_MS);
  return await kernel.during(async () => {
    assert.ok(Number(await askServer(OTHER_SERVER[0], `/end-others/${ENDS_AFTER_MS}`)) > 0);
    assertServed(await client.request(path), server);
  });
}

async function clientGone([path, server]: Target): Promise<void> {
  const gone = await openClient();
  const answered = gone.request(`${path}/wait/100`).then(
    () => true,
    () => false,
  );
  await delay(30);
  gone.close();
  assert.equal(await answered, false);
  using client = await openClient();
  for (let i = 0; i < 8; i++) {
    assertServed(await client.request(path), server);
    await delay(20);
  }
}
