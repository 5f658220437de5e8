import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/program.js';
import { junitXml } from '../../src/cli/print/junit.js';
import { testIo } from './testIo.js';

const samples = fileURLToPath(new URL('../../../samples/bookinfo/', import.meta.url));

describe('onehop test', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'onehop-test-'));
    cpSync(samples, cwd, { recursive: true });
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const change = (file: string, from: string, to: string): void => {
    const path = join(cwd, file);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.includes(from));
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  };

  it('finds the tests and the configuration beside them, and passes on the sample', async () => {
    const io = testIo({ cwd });
    assert.equal(await run(['test'], io), 0, io.out() + io.err());
    assert.match(io.out(), /✔ jason sees v2 {2}route jason → reviews-v2\n/);
    assert.match(io.out(), /✔ 11 passed\.\n$/);
  });

  it('fails with what was expected, at its place, and the chain of the decision', async () => {
    change('bookinfo.xds.yaml', 'exact: jason', 'exact: james');
    const io = testIo({ cwd });
    assert.equal(await run(['test', 'bookinfo.routes.test.yaml'], io), 1);
    assert.match(io.out(), /bookinfo\.routes\.test\.yaml:11:22: Expected route jason, got canary\./);
    assert.match(io.out(), /✖ route jason {2}header end-user is "jason", not "james"/);
    assert.match(io.out(), /✖ 10 passed, 1 failed\.\n$/);
  });

  it('writes JUnit XML that holds every test', async () => {
    change('bookinfo.xds.yaml', 'exact: jason', 'exact: james');
    const io = testIo({ cwd });
    assert.equal(await run(['test', '--junit', 'r.xml'], io), 1);
    const xml = readFileSync(join(cwd, 'r.xml'), 'utf8');
    assert.match(xml, /<testsuites name="onehop" tests="11" failures="1" errors="0"/);
    assert.equal(xml.match(/<testcase /g)?.length, 11);
    assert.match(xml, /<failure message="Expected route jason, got canary\.">/);
  });

  it('says what a program needs with --json', async () => {
    const io = testIo({ cwd });
    assert.equal(await run(['test', '--json'], io), 0);
    const said = JSON.parse(io.out()) as {
      ok: boolean;
      passed: number;
      files: { tests: { ok: boolean }[] }[];
    };
    assert.deepEqual([said.ok, said.passed, said.files[0]?.tests.length], [true, 11, 11]);
  });

  it('runs nothing on a configuration with an error, and shows it at its line', async () => {
    change('bookinfo.xds.yaml', 'cluster: reviews-v2 }', 'cluster: rviews-v2 }');
    const io = testIo({ cwd });
    assert.equal(await run(['test', '--junit', 'r.xml'], io), 1);
    assert.match(io.out(), /bookinfo\.xds\.yaml:53:31: error: Cluster "rviews-v2" is not defined/);
    assert.match(io.out(), /0 passed, 1 file not run/);
    assert.match(
      readFileSync(join(cwd, 'r.xml'), 'utf8'),
      /errors="1"[^]*<error message="bookinfo\.xds\.yaml:53: /,
    );
  });

  it('shows a mistake in the tests at its line', async () => {
    change('bookinfo.routes.test.yaml', 'cluster: reviews-v2,', 'cluster: reviews-v4,');
    const io = testIo({ cwd });
    assert.equal(await run(['test'], io), 1);
    assert.match(io.out(), /bookinfo\.routes\.test\.yaml:11:38: error: Cluster "reviews-v4" is not defined/);
  });

  it('tests the files that it names, and says when there are none', async () => {
    change('bookinfo.routes.test.yaml', 'tests:\n', 'configuration: [other.yaml]\ntests:\n');
    const missing = testIo({ cwd });
    assert.equal(await run(['test'], missing), 1);
    assert.match(missing.err(), /There is no file other\.yaml/);
    cpSync(join(cwd, 'bookinfo.xds.yaml'), join(cwd, 'other.yaml'));
    rmSync(join(cwd, 'bookinfo.xds.yaml'));
    const io = testIo({ cwd });
    assert.equal(await run(['test'], io), 0, io.out() + io.err());
    rmSync(join(cwd, 'bookinfo.routes.test.yaml'));
    const none = testIo({ cwd });
    assert.equal(await run(['test'], none), 1);
    assert.match(none.err(), /There is no \*\.routes\.test\.yaml here/);
  });

  it('escapes what XML cannot hold', () => {
    const range = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
    const xml = junitXml([
      {
        path: 'a&b',
        results: [{ title: '<"\u0001', range, failures: [], outcome: undefined }],
        error: '',
        ms: 1,
      },
    ]);
    assert.ok(xml.includes('name="a&amp;b"') && xml.includes('name="&lt;&quot;\ufffd"'), xml);
  });
});
