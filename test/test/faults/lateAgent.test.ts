/** An agent that gets no CPU for a while: what happened meanwhile must reach the other end as with no mesh. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { arms, noMesh } from '../../src/exact/arms.js';
import { differences } from '../../src/exact/compare.js';
import { Conversations, type Result, type ShapeLab } from '../../src/exact/conversations.js';
import { ExactLab } from '../../src/exact/exactLab.js';
import type { Shape } from '../../src/exact/shape.js';
import { get, ok, post } from '../../src/exact/shapes/http.js';
import { close, ending, lengthOf, pause, read, reset, rush, send, slowly } from '../../src/exact/step.js';
import { agentPids } from '../../src/faults/faultLab.js';

interface Late {
  readonly shape: Shape;
  /** The agents stand still between these moments of the conversation, in ms. */
  readonly from: number;
  readonly to: number;
}

const whole = get('/late');
const split = [whole.slice(0, 10), whole.slice(10)];
const body = post({ fill: 3000, seed: 1 });
const half = ok('0123456789').slice(0, -5);

/** The client does all that it does before the agent accepts its connection. */
const atFirst = { from: -1, to: 400 };
/** The agent stands still while a connection that it has accepted ends. */
const meanwhile = { from: 100, to: 500 };

const lates: readonly Late[] = [
  ...(
    [
      ['resets', reset],
      ['closes', close],
    ] as const
  ).flatMap(([how, end]): Late[] => {
    const server = (length: number): Shape['server'] => [read(length), ending, close];
    return [
      {
        shape: { name: `a client asks and ${how}`, client: [send(whole), end], server: server(whole.length) },
        ...atFirst,
      },
      {
        shape: {
          name: `a client asks in pieces and ${how}`,
          client: [rush(...split), pause(20), end],
          server: server(whole.length),
        },
        ...atFirst,
      },
      {
        shape: {
          name: `a client posts in pieces and ${how}`,
          client: [rush(body, { fill: 0, seed: 1 }), pause(20), end],
          server: server(lengthOf(body)),
        },
        ...atFirst,
      },
      {
        shape: {
          name: `a client goes on in pieces and ${how}`,
          client: [send(whole), read(ok('x').length), pause(150), slowly(10, ...split), pause(40), end],
          server: [read(whole.length), send(ok('x')), ...server(whole.length)],
        },
        ...meanwhile,
      },
      {
        shape: {
          name: `a server sends half an answer and ${how}`,
          client: [send(whole), ending],
          server: [read(whole.length), pause(150), send(half), pause(40), end],
        },
        ...meanwhile,
      },
      {
        shape: {
          name: `a server sends half an answer in pieces and ${how}; the head of the request was split`,
          client: [send(...split), ending],
          server: [read(whole.length), pause(150), send(half.slice(0, 9), half.slice(9)), pause(40), end],
        },
        ...meanwhile,
      },
    ];
  }),
];

/** As many as are played at the same time. */
const ports = Math.max(...[atFirst, meanwhile].map((group) => inGroup(group).length)) * noMesh.length;

function inGroup({ from }: { readonly from: number }): readonly Late[] {
  return lates.filter((late) => late.from === from);
}

describe('an agent that comes late', function () {
  let lab: ShapeLab;
  const results: Result[] = [];

  before(async () => {
    const name = `t-${process.pid}-late`;
    lab = await ExactLab.up({ name, ports, server: 'server.js', client: 'client.js' });
    const conversations = new Conversations(lab);
    const pids = await agentPids(name);
    const signal = (what: NodeJS.Signals): void => {
      for (const pid of pids) process.kill(pid, what);
    };
    for (const way of ['no-mesh', 'kernel', 'relay'] as const) {
      await lab.forceRelay(way === 'relay');
      for (const { from, to } of [atFirst, meanwhile]) {
        const tasks = inGroup({ from }).flatMap(({ shape }) =>
          [...noMesh, ...arms].filter((arm) => arm.way === way).map((arm) => ({ shape, arm })),
        );
        if (from < 0) signal('SIGSTOP');
        const playing = conversations.play(tasks, (result) => results.push(result));
        if (from >= 0) {
          await sleep(from);
          signal('SIGSTOP');
        }
        await sleep(to - Math.max(0, from));
        signal('SIGCONT');
        await playing;
      }
    }
  });
  after(() => lab?.down());

  for (const { shape } of lates)
    it(shape.name, () => {
      const own = results.filter((result) => result.shape === shape);
      assert.equal(own.length, 3 * noMesh.length);
      const found: string[] = [];
      for (const result of own) {
        const { arm } = result;
        const without = own.find(
          (one) => one.arm.way === 'no-mesh' && one.arm.place === arm.place && one.arm.family === arm.family,
        );
        assert.ok(without !== undefined);
        found.push(...differences(result, without.outcome).map((text) => `${arm.name}: ${text}`));
      }
      assert.deepEqual(found, []);
    });
});
