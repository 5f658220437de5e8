import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CLUSTER_TYPE } from '@onehop/core/resources/model.js';
import { run } from '../../src/cli/program.js';
import { AdsTestClient, namesIn } from '../controlplane/adsTestClient.js';
import { testIo } from './testIo.js';

const bin = fileURLToPath(new URL('../../../bin/onehop.js', import.meta.url));
const sample = fileURLToPath(new URL('../../../samples/bookinfo/bookinfo.xds.yaml', import.meta.url));
const text = readFileSync(sample, 'utf8');

describe('onehop xds', () => {
  let folder: string;
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return name;
  };
  /** Runs a command line in the folder; what it prints, and its exit code. */
  const onehop = async (...words: string[]): Promise<{ code: number; out: string; err: string }> => {
    const io = testIo({ cwd: folder });
    const code = await run(['xds', ...words], io);
    return { code, out: io.out(), err: io.err() };
  };
  const json = async (...words: string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await onehop(...words, '--json')).out) as Record<string, unknown>;

  before(() => (folder = mkdtempSync(join(tmpdir(), 'onehop-xds-'))));
  after(() => rmSync(folder, { recursive: true }));

  describe('explain', () => {
    it('says where a request of the file would go', async () => {
      const { code, out } = await onehop(
        'explain',
        sample,
        'http://reviews:9080/reviews/1',
        '-H',
        'end-user: jason',
      );
      assert.equal(code, 0);
      assert.match(out, /✔ route +jason +path prefix "\/", header end-user = "jason"/);
      assert.match(out, /✔ endpoint +198\.18\.2\.11:9080/);
      assert.match(out, /→ ● kernel path/);
      const answer = await json(
        'explain',
        sample,
        'http://198.18.100.3:9080/reviews/1',
        '-H',
        'host: reviews',
      );
      assert.equal(answer['path'], 'kernel');
      assert.match(String(answer['cluster']), /^reviews-v[13]$/);
    });

    it('says what no route takes, and what the listener does not have', async () => {
      file('one.xds.yaml', text.replaceAll('prefix: /', 'prefix: /only'));
      const none = await json('explain', 'one.xds.yaml', 'http://reviews:9080/x');
      assert.deepEqual([none['path'], none['status'], none['route']], ['relay', 404, null]);
      const untouched = await json('explain', 'one.xds.yaml', 'http://192.0.2.1:9080/x');
      assert.deepEqual([untouched['path'], untouched['listener']], [null, null]);
    });

    it('reads text that is not saved from standard input', () => {
      const words = ['xds', 'explain', '-', 'GET', 'http://reviews:9080/reviews/1', '--json'];
      const input = text.replaceAll('exact: jason', 'exact: nobody');
      const { stdout, status } = spawnSync(process.execPath, [bin, ...words, '-H', 'end-user: nobody'], {
        input,
      });
      assert.equal(status, 0);
      const answer = JSON.parse(stdout.toString()) as { file: string; endpoint: string };
      assert.deepEqual([answer.file, answer.endpoint], ['-', '198.18.2.11:9080']);
    });

    it('shows an error of the file at its line, and says which addresses there are', async () => {
      file('bad.xds.yaml', text.replace('prefix: /', 'prefx: /'));
      const bad = await onehop('explain', 'bad.xds.yaml', 'http://reviews:9080/');
      assert.equal(bad.code, 1);
      assert.match(bad.err, /bad\.xds\.yaml:\d+:\d+: error: RouteMatch has no field "prefx"/);
      const unclear = await onehop('explain', sample, 'http://nowhere:9080/');
      assert.equal(unclear.code, 1);
      assert.match(unclear.err, /which listener a connection to nowhere:9080 goes to/);
      assert.match(unclear.err, /next: Say it with --to .*198\.18\.100\.3:9080 \(reviews\)/);
      const to = await json('explain', sample, 'http://reviews/', '--to', '198.18.100.3:9080');
      assert.equal(to['virtualHost'], 'reviews');
    });
  });

  describe('compile', () => {
    interface Compiled {
      readonly generation: number;
      readonly changed: boolean;
      readonly writes: readonly { map: string; key: unknown; note: string }[];
      readonly deletes: readonly unknown[];
    }

    it('gives the entries of a generation with their names', async () => {
      const { generation, writes } = (await json('compile', sample)) as unknown as Compiled;
      assert.equal(generation, 1);
      const jason = writes.find(({ note }) => note === 'route jason of virtual host reviews');
      assert.equal(jason?.map, 'oh_route');
      assert.equal(writes.at(-1)?.map, 'oh_active');
    });

    it('gives only what a change writes, with --after', async () => {
      file('next.xds.yaml', text.replace('exact: jason', 'exact: martha'));
      const next = (await json('compile', 'next.xds.yaml', '--after', sample)) as unknown as Compiled;
      assert.deepEqual(
        next.writes.map(({ map }) => map),
        ['oh_str', 'oh_route', 'oh_active'],
      );
      const same = (await json('compile', sample, '--after', sample)) as unknown as Compiled;
      assert.deepEqual([same.changed, same.writes], [false, []]);
      assert.match(
        (await onehop('compile', sample, '--after', sample)).out,
        /^Nothing changes: generation 1/,
      );
    });
  });

  describe('format', () => {
    const ugly = '# kept\nresources:\n- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster # why\n  name:   a\n  type: STATIC\n  load_assignment:\n        cluster_name: a\n'; // prettier-ignore

    it('writes what is not formatted, once, and keeps comments', async () => {
      file('ugly.xds.yaml', ugly);
      assert.equal((await onehop('format', '--check', 'ugly.xds.yaml')).code, 1);
      assert.equal(readFileSync(join(folder, 'ugly.xds.yaml'), 'utf8'), ugly);
      assert.equal((await onehop('format', 'ugly.xds.yaml')).out, 'ugly.xds.yaml: formatted\n');
      const formatted = readFileSync(join(folder, 'ugly.xds.yaml'), 'utf8');
      assert.match(formatted, /^# kept\nresources:\n {2}- "@type": \S+ # why\n {4}name: {1,3}a\n/);
      assert.match(formatted, /\n {4}load_assignment:\n {6}cluster_name: a\n$/);
      assert.deepEqual(await onehop('format', 'ugly.xds.yaml'), { code: 0, out: '', err: '' });
      assert.equal((await onehop('format', '--check', 'ugly.xds.yaml', sample)).code, 0);
      const piped = spawnSync(process.execPath, [bin, 'xds', 'format', '-'], { input: ugly });
      assert.equal(piped.stdout.toString(), formatted);
    });

    it('leaves a file with a syntax error alone', async () => {
      file('broken.xds.yaml', 'resources: [\n');
      const { code, err } = await onehop('format', 'broken.xds.yaml');
      assert.equal(code, 1);
      assert.match(err, /broken\.xds\.yaml:\d+:\d+: /);
    });
  });

  describe('validate', () => {
    it('prints SARIF and annotations, and fails with an error', async () => {
      file('bad.xds.yaml', text.replace('cluster: productpage-v1', 'cluster: productpage-v9'));
      const sarif = await onehop('validate', 'bad.xds.yaml', '--sarif');
      assert.equal(sarif.code, 1);
      const { runs } = JSON.parse(sarif.out) as {
        runs: { results: { ruleId: string; level: string; locations: { physicalLocation: object }[] }[] }[];
      };
      const result = runs[0]?.results.find(({ level }) => level === 'error');
      assert.equal(result?.ruleId, 'dangling-cluster');
      const line = text.slice(0, text.indexOf('cluster: productpage-v1')).split('\n').length;
      assert.match(
        JSON.stringify(result?.locations),
        new RegExp(`"uri":"bad.xds.yaml".*"startLine":${line},`),
      );
      const github = await onehop('validate', 'bad.xds.yaml', '--github');
      assert.match(
        github.out,
        new RegExp(
          `^::error file=bad\\.xds\\.yaml,line=${line},col=\\d+,.*title=onehop dangling-cluster::Cluster`,
          'm',
        ),
      );
      assert.equal((await onehop('validate', sample, '--sarif')).code, 0);
    });
  });

  describe('serve', () => {
    type Server = ChildProcessByStdio<null, Readable, Readable>;
    const servers: Server[] = [];
    const lines = (server: Server): (() => Promise<Record<string, unknown>>) => {
      const iterator = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
      return async () => JSON.parse(String((await iterator.next()).value)) as Record<string, unknown>;
    };
    const untilEvent = async (
      next: () => Promise<Record<string, unknown>>,
      event: string,
    ): Promise<Record<string, unknown>> => {
      for (;;) {
        const line = await next();
        if (line['event'] === event) return line;
      }
    };

    after(() => servers.forEach((server) => server.kill('SIGKILL')));

    it('serves a file over TCP, follows its changes, and keeps the last good one', async function () {
      this.timeout(20_000);
      const path = file('served.xds.yaml', text);
      const words = ['xds', 'serve', path, '--listen', '127.0.0.1:0', '--json'];
      const server = spawn(process.execPath, [bin, ...words], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      servers.push(server);
      const next = lines(server);
      const first = await untilEvent(next, 'loaded');
      const { address } = await untilEvent(next, 'serving');
      using client = new AdsTestClient(String(address), 'somebody');
      client.subscribe(CLUSTER_TYPE, []);
      const response = await client.next();
      assert.ok(namesIn(response).includes('reviews-v1'));
      client.ack(response, []);

      file('served.xds.yaml', `${text}\nresources: [`);
      assert.match(await firstLine(server.stderr), /served\.xds\.yaml:\d+:\d+: error/);
      file('served.xds.yaml', text.replaceAll('ratings-v1', 'ratings-v7'));
      const second = await untilEvent(next, 'loaded');
      assert.notEqual(second['version'], first['version']);
      assert.ok(namesIn(await client.next()).includes('ratings-v7'));
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      assert.equal(await ended, 0);
    });

    it('does not serve what has errors', async () => {
      file('bad.xds.yaml', 'resources: [\n');
      const { code, err } = await onehop('serve', 'bad.xds.yaml', '--listen', '127.0.0.1:0');
      assert.equal(code, 1);
      assert.match(err, /bad\.xds\.yaml:/);
      assert.equal((await onehop('serve', sample, '--listen', 'nowhere')).code, 2);
    });
  });
});

function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => stream.once('data', (chunk: Buffer) => resolve(chunk.toString())));
}
