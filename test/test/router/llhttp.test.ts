import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { planGeneration } from '@onehop/core/compile/plan.js';
import { xdsSetOf } from '@onehop/core/resources/model.js';
import type { Explanation } from '@onehop/core/router/explanation.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import { parseIp } from '@onehop/core/wire/ip.js';
import { reasonName } from '@onehop/core/wire/reasons.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { KernelBuild } from '../../src/router/builds.js';
import { httpListener } from '../../src/router/configurations.js';
import { differences, differencesOf } from '../../src/router/differences.js';
import { Random } from '../../src/router/random.js';
import { brokenHead, oddRequest, plainRequest, unusualRequest } from '../../src/router/requests.js';
import { StrictServer } from '../../src/router/strictServer.js';

const HEADS = 120_000;
const SEED = Number(process.env['ROUTER_SEED'] ?? 1);
const address = { ip: '198.18.100.1', port: 80 };
const next = Buffer.from('GET /next HTTP/1.1\r\nHost: next\r\n\r\n');

describe('the kernel and llhttp', function () {
  this.timeout(120_000);
  let kernel: KernelBuild;
  let server: StrictServer;
  const ip = parseIp(address.ip) ?? new Uint8Array(16);

  before(() => {
    server = new StrictServer();
    kernel = new KernelBuild();
    const { model } = buildRouting(xdsSetOf(httpListener(new Random(1), 'heads', address.ip, address.port)));
    const { limits, btf } = kernel;
    const result = planGeneration({ previous: undefined, model, limits, codec: structCodec(btf) });
    assert.ok(result.ok);
    kernel.apply(result.plan);
  });
  after(() => {
    kernel?.close();
    server?.close();
  });

  const ask = (head: Uint8Array): Explanation => {
    const [answer] = kernel.ask([{ ip, port: address.port, head: head.subarray(0, kernel.headMax) }]);
    assert.ok(answer !== undefined && answer.decision.listener !== 0);
    return answer;
  };

  /** llhttp sees the same request, ends it at the same byte, and keeps the connection. */
  const checkAccepted = (head: Uint8Array, { parts }: Explanation): void => {
    const body = Buffer.alloc(Number(parts.contentLength), 'x');
    const { requests, error } = server.parse(Buffer.concat([head.subarray(0, parts.length), body, next]));
    const text = (from: number, length: number): string =>
      Buffer.from(head.subarray(from, from + length)).toString('latin1');
    assert.equal(error, undefined);
    assert.deepEqual(
      requests.map(({ lengths, ...one }) => ({
        ...one,
        length: BigInt(lengths[0] ?? 0),
        lengths: lengths.length <= 1,
      })),
      [
        {
          method: text(0, parts.methodLength),
          target: text(parts.target, parts.targetLength),
          hosts: [text(parts.host, parts.hostLength)],
          keepAlive: true,
          length: parts.contentLength,
          lengths: true,
        },
        { method: 'GET', target: '/next', hosts: ['next'], keepAlive: true, length: 0n, lengths: true },
      ],
    );
  };

  it(`read ${HEADS} valid and broken heads alike, but for the list of docs/http-heads.md`, () => {
    const random = new Random(SEED);
    const counts = { carried: 0, refusedByBoth: 0, relayed: 0 };
    const seen = new Map<string, number>();
    for (let i = 0; i < HEADS; i++) {
      const head = anyHead(random);
      const answer = ask(head);
      try {
        if (answer.refused === 0) {
          checkAccepted(head, answer);
          counts.carried++;
        } else if (server.parse(head).requests.length === 0) {
          counts.refusedByBoth++;
        } else {
          const known = differencesOf(answer.refused, head);
          assert.ok(known.length > 0, `the kernel: ${reasonName(answer.refused)}; llhttp takes it`);
          for (const { title } of known) seen.set(title, (seen.get(title) ?? 0) + 1);
          counts.relayed++;
        }
      } catch (error) {
        const text = JSON.stringify(Buffer.from(head).toString('latin1'));
        throw new Error(`${text}: ${(error as Error).message}`, { cause: error });
      }
    }
    console.log(
      `      seed ${SEED}: ${counts.carried} carried by the kernel, ${counts.refusedByBoth} refused by both, ${counts.relayed} taken by llhttp and left to the relay`,
    );
    assert.ok(Math.min(...Object.values(counts)) > HEADS / 10, JSON.stringify(counts));
    for (const { title } of differences) assert.ok((seen.get(title) ?? 0) > 0, `"${title}" did not occur`);
  });

  it('differ in what docs/http-heads.md lists', () => {
    const file = resolve(import.meta.dirname, '../../../../docs/http-heads.md');
    const rows = [...readFileSync(file, 'utf8').matchAll(/^\| (.+?) \| `([a-z0-9-]+)` \|/gm)];
    assert.deepEqual(
      rows.map(([, title, reason]) => `${title}: ${reason}`),
      differences.map(({ title, reason }) => `${title}: ${reason}`),
    );
  });
});

function anyHead(random: Random): Uint8Array {
  const kind = random.next();
  if (kind < 0.35) return plainRequest(random).head;
  if (kind < 0.5) return unusualRequest(random).head;
  return kind < 0.6 ? oddRequest(random) : brokenHead(random);
}
