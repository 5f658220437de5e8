/** What the programs tell about themselves. */
import assert from 'node:assert/strict';
import { codecOf, type ValueCodec } from '@onehop/core/btf/codec.js';
import { formatIp, parseIp } from '@onehop/core/wire/ip.js';
import { oh_event_type, oh_path } from '@onehop/core/wire/wire.generated.js';
import type { AnyMap } from 'libbpf-ts/map.js';
import { listIds } from 'libbpf-ts/probe.js';
import { BpfProgram } from 'libbpf-ts/program.js';
import { RingBuffer } from 'libbpf-ts/ringBuffer.js';
import type { Check } from './check.js';
import { requestBytes } from './http.js';
import type { KernelState } from './kernelState.js';
import { CLIENT, HTTP_PORT, HTTP_VIP } from './place.js';
import { openClient, OTHER_NODE } from './targets.js';

export const OBSERVING: readonly Check[] = [
  { name: 'an event tells what was decided for a request', run: requestEvent },
  { name: 'the loaded program says where a request would go', run: explanation },
];

interface Decision {
  readonly listener: number;
  readonly route: number;
  readonly endpoint: number;
  readonly path: number;
}

interface Event {
  readonly type: number;
  readonly status: number;
  readonly client_ip: { readonly b: Uint8Array };
  readonly vip: { readonly b: Uint8Array };
  readonly vip_port: number;
  readonly method: string;
  readonly host: string;
  readonly target: string;
  readonly req_bytes: bigint;
  readonly d: Decision;
}

async function requestEvent(kernel: KernelState): Promise<void> {
  const map = kernel.map<never, never>('oh_events') as AnyMap;
  const codec = structOf(kernel, 'oh_conn', 'oh_event');
  const events: Event[] = [];
  const knobs = kernel.map<number, { readonly events: number }>('oh_knobs');
  const before = knobs.get(0);
  assert.ok(before !== undefined);
  using ring = new RingBuffer(map, (records) => {
    for (const { data } of records) events.push(codec.decode(data) as unknown as Event);
  });
  ring.consume();
  events.length = 0;
  knobs.set(0, { ...before, events: 1 });
  try {
    using client = await openClient();
    await client.request(OTHER_NODE[0]);
  } finally {
    knobs.set(0, before);
  }
  ring.consume();
  const event = events.find(({ type }) => type === oh_event_type.EV_REQUEST);
  assert.ok(event !== undefined, `${events.length} events, none of a request`);
  const { status, method, host, target, req_bytes, vip_port, d } = event;
  assert.deepEqual(
    { status, method, host, target, req_bytes, vip_port, path: d.path },
    {
      ...{ status: 200, method: 'GET', host: 'web.test', target: OTHER_NODE[0], vip_port: HTTP_PORT },
      ...{ req_bytes: BigInt(requestBytes(OTHER_NODE[0]).length), path: oh_path.PATH_KERNEL },
    },
  );
  assert.equal(formatIp(event.vip.b), HTTP_VIP[0]);
  assert.equal(formatIp(event.client_ip.b), CLIENT[0]);
  assert.ok(d.listener > 0 && d.route > 0 && d.endpoint > 0);
}

async function explanation(kernel: KernelState): Promise<void> {
  const ip = parseIp(HTTP_VIP[0]);
  assert.ok(ip !== undefined);
  const bytes = requestBytes(OTHER_NODE[0]);
  kernel.map<number, object>('oh_ask').set(0, { ip: { b: ip }, port: HTTP_PORT, len: bytes.length, bytes });
  using program = programNamed('oh_explain');
  assert.equal(program.testRun().returnValue, 0);
  const answers = kernel.map<
    number,
    { readonly d: Decision; readonly refused: number; readonly stopped: number }
  >('oh_answer');
  const answer = answers.get(0);
  assert.ok(answer !== undefined);
  const { d, refused, stopped } = answer;
  assert.deepEqual({ refused, stopped, path: d.path }, { refused: 0, stopped: 0, path: oh_path.PATH_KERNEL });
  const endpoint = kernel
    .map<number, { readonly ip: { readonly b: Uint8Array } }>('oh_endpoint')
    .get(d.endpoint);
  assert.ok(endpoint !== undefined);
  assert.equal(formatIp(endpoint.ip.b), '198.18.2.20');
}

/** A struct that a map's types know of. */
function structOf(kernel: KernelState, map: string, name: string): ValueCodec {
  const types = kernel.map(map).types;
  const type = types?.btf.find(name, 'struct');
  if (types === undefined || type === undefined) throw new Error(`map ${map} knows no struct ${name}`);
  return codecOf(types.btf, type.id);
}

function programNamed(name: string): BpfProgram {
  for (const id of listIds('program')) {
    const program = BpfProgram.fromId(id);
    if (program.name === name) return program;
    program.close();
  }
  throw new Error(`the kernel has no program ${name}`);
}
