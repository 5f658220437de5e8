import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { retire, type Allocation } from '@onehop/core/compile/allocate.js';
import { planGeneration } from '@onehop/core/compile/plan.js';
import { xdsSetOf } from '@onehop/core/resources/model.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import type { RoutingModel } from '@onehop/core/routing/model.js';
import { parseIp } from '@onehop/core/wire/ip.js';
import { reasonId, reasonName } from '@onehop/core/wire/reasons.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { oh_match } from '@onehop/core/wire/wire.generated.js';
import { checkExpected, settled } from '../../src/router/agreement.js';
import { KernelBuild, NativeBuild, WasmBuild, type Build, type Question } from '../../src/router/builds.js';
import { randomConfiguration } from '../../src/router/configurations.js';
import { expected } from '../../src/router/expected.js';
import { Random } from '../../src/router/random.js';
import { brokenHead, plainRequest, unusualRequest, type PlainRequest } from '../../src/router/requests.js';
import { addresses, ports } from '../../src/router/vocabulary.js';

const CONFIGURATIONS = 50;
const REQUESTS = 2_100;
/** One seed always gives the same run; ROUTER_SEED=7 gives another. */
const SEED = Number(process.env['ROUTER_SEED'] ?? 1);

interface Asked extends Question {
  readonly address: string;
  /** Absent: the head may be broken, and there is no second opinion. */
  readonly request?: PlainRequest;
}

describe('the router in the kernel, as wasm and natively', function () {
  this.timeout(120_000);
  let kernel: KernelBuild;
  let wasm: WasmBuild;
  let native: NativeBuild;
  let allocation: Allocation | undefined;
  let model: RoutingModel;
  /** Requests that went to an endpoint by a route with a regular expression. */
  let byRegex = 0;

  before(async () => {
    execFileSync('make', [
      '-s',
      '-C',
      resolve(import.meta.dirname, '../../../../bpf'),
      'build/router-native',
    ]);
    kernel = new KernelBuild();
    wasm = await WasmBuild.load(kernel.btf);
    native = new NativeBuild(kernel.btf);
  });
  after(() => {
    for (const build of [kernel, wasm, native]) build?.close();
  });

  /** Puts a configuration in force in all builds, after the ones before: both versions of entries come into use. */
  const configure = (random: Random): void => {
    const built = buildRouting(xdsSetOf(randomConfiguration(random)));
    assert.deepEqual(
      built.problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    const { limits, btf } = kernel;
    const result = planGeneration({
      previous: allocation,
      model: built.model,
      limits,
      codec: structCodec(btf),
    });
    assert.ok(result.ok);
    for (const build of [kernel, wasm, native] satisfies Build[]) build.apply(result.plan);
    allocation = retire(result.plan.allocation, result.plan.generation);
    model = built.model;
  };

  const compare = async (asked: readonly Asked[], seen: Map<string, number>): Promise<void> => {
    assert.ok(allocation !== undefined);
    const [ofKernel, ofWasm, ofNative] = await Promise.all([
      kernel.ask(asked),
      wasm.ask(asked),
      native.ask(asked),
    ]);
    for (const [i, question] of asked.entries()) {
      const [k, w, n] = [ofKernel[i], ofWasm[i], ofNative[i]];
      assert.ok(k !== undefined && w !== undefined && n !== undefined);
      try {
        const want = settled(k, allocation, question.ip);
        same(settled(n, allocation, question.ip), want, 'native and kernel');
        same(settled(w, allocation, question.ip), want, 'wasm and kernel');
        // What only the relay can tell is not told yet.
        const isTold = k.refused !== reasonId('head-bad') && k.stopped !== reasonId('match-relay');
        if (question.request !== undefined && isTold)
          checkExpected(k, allocation, expected(model, question.address, question.port, question.request));
      } catch (error) {
        const text = JSON.stringify(Buffer.from(question.head).toString('latin1'));
        throw new Error(`${question.address} port ${question.port}, ${text}: ${(error as Error).message}`, {
          cause: error,
        });
      }
      const row = allocation.entities.route.at(k.decision.route, k.decision.gen)?.row;
      const wanted = [row?.match, ...(row?.conditions ?? []).map(({ match }) => match)];
      if (wanted.includes(oh_match.M_REGEX) && k.stopped === 0) byRegex++;
      const what = `${reasonName(k.stopped)} ${reasonName(k.refused)}`;
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  };

  /** Mostly an address that some listener has. */
  const place = (random: Random): Pick<Asked, 'address' | 'ip' | 'port'> => {
    const known = [...model.listeners.values()].flatMap((listener) => listener.addresses);
    const at = random.pick(known);
    const address = random.chance(0.1) || at.ip === '::' ? random.pick(addresses) : at.ip;
    const ip = parseIp(address);
    assert.ok(ip !== undefined);
    return { address, ip, port: random.chance(0.1) ? random.pick(ports) : at.port };
  };

  const asking = (random: Random): Asked => {
    const at = place(random);
    const kind = random.next();
    if (kind < 0.15) return { ...at, head: brokenHead(random) };
    const request = kind < 0.3 ? unusualRequest(random) : plainRequest(random);
    return { ...at, request, head: request.head };
  };

  it(`decide ${CONFIGURATIONS * REQUESTS} requests alike, and as the model says`, async () => {
    const random = new Random(SEED);
    const seen = new Map<string, number>();
    const started = performance.now();
    for (let i = 0; i < CONFIGURATIONS; i++) {
      configure(random);
      await compare(
        random.list(REQUESTS, () => asking(random)),
        seen,
      );
    }
    const stopped = (name: string): number =>
      [...seen].reduce((sum, [what, n]) => (what.startsWith(`${name} `) ? sum + n : sum), 0);
    const refused = (name: string): number =>
      [...seen].reduce((sum, [what, n]) => (what.endsWith(` ${name}`) ? sum + n : sum), 0);
    console.log(
      `      seed ${SEED}, ${((performance.now() - started) / 1000).toFixed(1)} s: ${stopped('none')} to an endpoint, ${stopped('no-vhost')} without virtual host, ${stopped('no-route')} without route, ${refused('head-bad')} bad heads, ${byRegex} by regular expressions`,
    );
    // Every way that a decision can end, and every reason against the kernel path, was there often.
    const ends = [
      'none',
      'no-listener',
      'no-vhost',
      'no-route',
      'no-cluster',
      'no-endpoint',
      'direct-response',
      'route-redirect',
      'match-relay',
    ];
    for (const name of ends) assert.ok(stopped(name) > 500, `${name}: ${stopped(name)}`);
    const reasons = ['head-split', 'head-bad', 'head-complex', 'upgrade', 'expect', 'request-chunked'];
    assert.ok(byRegex > 2_000, `by regular expressions: ${byRegex}`);
    for (const name of [...reasons, 'http10', 'request-large'])
      assert.ok(refused(name) > 100, `${name}: ${refused(name)}`);
  });

  it('leave no trace of a question', () => {
    const random = new Random(SEED + 1);
    configure(random);
    const maps = ['oh_turn', 'oh_reason_n', 'oh_listener_n', 'oh_route_n', 'oh_cluster_n', 'oh_pool_stat'];
    const before = maps.map((map) => kernel.bytesOf(map));
    kernel.ask(random.list(2_000, () => asking(random)));
    for (const [i, map] of maps.entries()) assert.equal(kernel.bytesOf(map), before[i], map);
  });

  const long = (n: number): string => `X-Long: ${'x'.repeat(n)}\r\n`;
  const many = (n: number): string => 'a:\r\n'.repeat(n);
  const blanks = (n: number): string => `X-A: 1${' '.repeat(n)}\r\n`;
  /** What the kernel's limits leave to the relay, the relay's build decides. */
  const limits: readonly (readonly [what: string, lines: string, reason: string])[] = [
    ['4096 bytes', long(4096 - 44), 'none'],
    ['4097 bytes', long(4096 - 43), 'head-too-long'],
    ['20,000 bytes', long(20_000), 'head-too-long'],
    ['64 headers', many(63), 'none'],
    ['65 headers', many(64), 'head-complex'],
    ['16 blanks behind a value', blanks(16), 'none'],
    ['17 blanks behind a value', blanks(17), 'head-complex'],
    ['1,000 blanks behind a value', blanks(1000), 'head-complex'],
  ];
  for (const [what, lines, reason] of limits) {
    it(`${what}: ${reason === 'none' ? 'within' : 'beyond'} the limits of the kernel, not of the relay`, async () => {
      configure(new Random(SEED));
      const [at] = [...model.listeners.values()].flatMap((one) => (one.kind === 'http' ? one.addresses : []));
      assert.ok(at !== undefined);
      const ip = parseIp(at.ip === '::' ? addresses[0] : at.ip);
      assert.ok(ip !== undefined);
      const head = Buffer.from(`GET /a HTTP/1.1\r\nHost: reviews\r\n${lines}\r\n`);
      const question = { ip, port: at.port, head };
      const [k] = kernel.ask([{ ...question, head: head.subarray(0, kernel.headMax) }]);
      const [n] = await native.ask([{ ...question, head: head.subarray(0, kernel.headMax) }]);
      const [w] = wasm.ask([question]);
      assert.equal(reasonName(k?.refused ?? -1), reason);
      assert.equal(n?.refused, k?.refused);
      assert.equal(w?.refused, 0);
      assert.notEqual(w?.decision.rconf, 0, 'the relay decides');
    });
  }
});

function same(is: object, want: object, who: string): void {
  if (JSON.stringify(is) !== JSON.stringify(want)) assert.deepEqual(is, want, who);
}
