/** Responses arrive whole, and what could grow in the kernel without bound goes through the agent. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Check } from './check.js';
import { openSocket, pattern, requestBytes } from './http.js';
import type { KernelCounts, KernelState } from './kernelState.js';
import { HTTP_PORT, HTTP_VIP, OTHER_SERVER, SERVER } from './place.js';
import {
  askServer,
  assertBytes,
  assertServed,
  openClient,
  OTHER_NODE,
  SAME_NODE,
  type Target,
} from './targets.js';

/** Bytes of a body that programs may queue: oh_budget in bpf/onehop.bpf.c. */
const BUDGET = 65_536;
const FLOOD = 64 << 20;
/** Two hops, with buffers of up to 4 (tcp_wmem) and 6 MiB (tcp_rmem) at each end of both. */
const BUFFERS = 24 << 20;

const NODES = [
  ['same node', SAME_NODE, SERVER[0]],
  ['other node', OTHER_NODE, OTHER_SERVER[0]],
] as const;

export const RESPONSES: readonly Check[] = NODES.flatMap(([where, target, server]): Check[] => [
  {
    name: `a response of the size of the budget is carried, ${where}`,
    run: (kernel) => response(kernel, target, BUDGET, { carried: 1, reasons: {} }),
  },
  {
    name: `a response over the budget is handed over with nothing lost, ${where}`,
    run: (kernel) => response(kernel, target, 300_000, { carried: 1, reasons: { 'response-large': 1 } }),
  },
  { name: `a client that does not read stops the server, ${where}`, run: () => backpressure(target, server) },
]);

async function response(
  kernel: KernelState,
  [path, server]: Target,
  bytes: number,
  expected: KernelCounts,
): Promise<void> {
  using client = await openClient();
  const counts = await kernel.during(async () => {
    const answer = await client.request(`${path}/bytes/${bytes}`);
    assertServed(answer, server);
    assertBytes(answer.body, pattern(bytes));
  });
  assert.deepEqual(counts, expected);
}

/** Redirected data knows no flow control: without the hand-over all of the response would lie in the kernel's memory. */
async function backpressure([path]: Target, server: string): Promise<void> {
  const socket = await openSocket(HTTP_VIP[0], HTTP_PORT);
  try {
    socket.pause();
    socket.write(requestBytes(`${path}/flood/${FLOOD}`));
    let before = -1;
    let taken = 0;
    while (taken === 0 || taken !== before) {
      await delay(500);
      before = taken;
      taken = Number(await askServer(server, '/flooded'));
    }
    assert.ok(taken < BUFFERS, `the kernel took ${taken} bytes of a response that nobody reads`);
  } finally {
    socket.destroy();
  }
}
