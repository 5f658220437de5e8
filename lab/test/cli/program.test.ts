import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram, run } from '../../src/cli/program.js';
import { assertGolden } from './golden.js';
import { testIo } from './testIo.js';

const bin = fileURLToPath(new URL('../../../bin/onehop.js', import.meta.url));
const sample = fileURLToPath(new URL('../../../samples/bookinfo/bookinfo.xds.yaml', import.meta.url));

describe('the command line', () => {
  const leaves = (command: Command, words: readonly string[]): { words: string[]; command: Command }[] =>
    command.commands.flatMap((one) => {
      const own = [...words, one.name()];
      return one.commands.length > 0 ? leaves(one, own) : [{ words: own, command: one }];
    });
  const commands = leaves(createProgram(testIo()), []);

  it('has help', async () => {
    const io = testIo();
    assert.equal(await run(['--help'], io), 0);
    assertGolden('help', io.out());
    assert.equal(io.err(), '');
  });

  for (const { words, command } of commands) {
    const name = words.join(' ');
    it(`has help for ${name}, with an example`, async () => {
      const io = testIo();
      assert.equal(await run([...words, '--help'], io), 0);
      assert.match(io.out(), new RegExp(`Examples?:\n +\\$ onehop ${name}`));
      assertGolden(`help-${words.join('-')}`, io.out());
    });

    it(`has --json for ${name}`, () => assert.ok(command.options.some(({ long }) => long === '--json')));
  }

  it('has a version', async () => {
    const io = testIo();
    assert.equal(await run(['--version'], io), 0);
    assert.match(io.out(), /^\d+\.\d+\.\d+\n$/);
  });

  const wrong: [words: string[], message: RegExp, next: RegExp][] = [
    [[], /^No command was given\.$/, /onehop --help/],
    [['statu'], /^Unknown command 'statu' \(Did you mean status\?\)$/, /See onehop --help\./],
    [
      ['status', '--jason'],
      /^Unknown option '--jason' \(Did you mean --json\?\)$/,
      /See onehop status --help\./,
    ],
    [
      ['request', 'http://a/'],
      /^Required option '--from <workload>' not specified\.$/,
      /onehop request --help/,
    ],
    [['map'], /^Missing required argument 'name'\.$/, /onehop map --help/],
    [['status', 'x'], /^Too many arguments for 'status'/, /onehop status --help/],
    [
      ['log-level', 'loud'],
      /'loud' is invalid.*Allowed choices are trace, debug, info, warn, error\.$/,
      /log-level --help/,
    ],
    [['down', '--all', '--name', 'x'], /exclude each other/, /one of them/],
    [['map', 'oh_route', '--interval', '1'], /--interval "1"/, /--interval 500/],
    [['events', '--for', 'ever'], /--for "ever"/, /--follow/],
    [['up', '--name', 'A_b'], /"A_b" is not a lab name/, /lower-case/],
    [['apply', sample, '--timeout', '0'], /--timeout "0"/, /--timeout 30/],
  ];
  for (const [words, message, next] of wrong) {
    it(`says what is wrong with: onehop ${words.join(' ')}`, async () => {
      const io = testIo();
      assert.equal(await run(words, io), 2);
      const [first = '', second = ''] = io.err().split('\n');
      assert.match(first.replace(/^error: /, ''), message);
      assert.match(second.replace(/^ {2}next: /, ''), next);
      assert.equal(io.out().replace(/^Starting.*\n/, ''), '');
    });

    it(`says so to programs: onehop ${words.join(' ')} --json`, async () => {
      const io = testIo();
      assert.equal(await run([...words, '--json'], io), 2);
      const { error } = JSON.parse(io.out()) as { error: { code: string; message: string; hint: string } };
      assert.equal(error.code, 'usage');
      assert.match(error.message, words.length === 0 ? /Unknown option|No command/ : message);
      assert.notEqual(error.hint, '');
      assert.equal(io.err(), '');
    });
  }
});

describe('validate', () => {
  let folder: string;

  before(() => (folder = mkdtempSync(join(tmpdir(), 'onehop-cli-'))));
  after(() => rmSync(folder, { recursive: true }));

  const broken = [
    'resources:',
    "  - '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    '    name: reviews',
    '    virtual_hosts:',
    '      - name: reviews',
    "        domains: ['*']",
    '        routes:',
    '          - match: { prefx: / }',
    '            route: { cluster: reviews-v4 }',
    "  - '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster",
    '    name: reviews-v3',
    '    connect_timeout: soon',
    '',
  ].join('\n');

  it('accepts the sample', async () => {
    const io = testIo();
    assert.equal(await run(['validate', sample], io), 0);
    assert.match(io.out(), /^✔ 19 resources in 1 file: no problems\.\n$/);
  });

  it('shows each problem at its line, with a mark and a suggestion', async () => {
    writeFileSync(join(folder, 'broken.xds.yaml'), broken);
    const io = testIo({ cwd: folder });
    assert.equal(await run(['validate', 'broken.xds.yaml'], io), 1);
    assertGolden('validate', io.out());
    assert.equal(io.err(), '');
  });

  it('tells programs file, line and column', async () => {
    writeFileSync(join(folder, 'broken.xds.yaml'), broken);
    const io = testIo({ cwd: folder });
    assert.equal(await run(['validate', 'broken.xds.yaml', '--json'], io), 1);
    const told = JSON.parse(io.out()) as {
      ok: boolean;
      error: { code: string };
      problems: { file: string; line: number; column: number; rule: string; hint: string | null }[];
    };
    assert.deepEqual([told.ok, told.error.code], [false, 'invalid-configuration']);
    assert.deepEqual(
      told.problems.map(({ file, line, column, rule }) => `${file}:${line}:${column} ${rule}`),
      [
        'broken.xds.yaml:8:22 unknown-field',
        'broken.xds.yaml:9:31 dangling-cluster',
        'broken.xds.yaml:12:22 bad-duration',
      ],
    );
    assert.equal(told.problems[0]?.hint, 'Did you mean "prefix"?');
  });

  it('marks what is far to the right, and keeps the terminal safe', async () => {
    const line = `${' '.repeat(4)}name: "${'x'.repeat(200)}\u001b[2J${'x'.repeat(50)}"`;
    writeFileSync(join(folder, 'long.xds.yaml'), `resources:\n  - '@type': a.B\n${line}\n    bogus: 1\n`);
    const io = testIo({ cwd: folder });
    assert.equal(await run(['validate', 'long.xds.yaml'], io), 1);
    assert.ok(!io.out().includes('\u001b'));
  });

  it('shows the other place, and puts right what leaves nothing to decide', async () => {
    const path = join(folder, 'fix.xds.yaml');
    const twice = [
      'resources:',
      "  - '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
      '    name: r',
      '    virtual_hosts:',
      '      - name: v',
      "        domains: ['*']",
      '        routes:',
      '          # all of them',
      '          - match: { prefix: / }',
      '            direct_response: { status: 200 }',
      '          - match: { prefix: /a, headers: [{ name: x, exact_match: jason }] } # old',
      '            direct_response: { status: 200 }',
      '',
    ].join('\n');
    writeFileSync(path, twice);
    const shown = testIo({ cwd: folder });
    assert.equal(await run(['validate', 'fix.xds.yaml'], shown), 0);
    assertGolden('validate-related', shown.out());
    const fixed = testIo({ cwd: folder });
    assert.equal(await run(['validate', 'fix.xds.yaml', '--fix'], fixed), 0);
    assert.match(fixed.out(), /^fix\.xds\.yaml: fixed: Use "string_match"\n/);
    const expected = twice.replace('exact_match: jason', 'string_match: { exact: jason }');
    assert.equal(readFileSync(path, 'utf8'), expected);
    const again = testIo({ cwd: folder });
    assert.equal(await run(['validate', 'fix.xds.yaml', '--fix', '--json'], again), 0);
    const told = JSON.parse(again.out()) as {
      fixed: object[];
      problems: { rule: string; related: object[] }[];
    };
    assert.deepEqual(told.fixed, []);
    assert.equal(told.problems.find(({ rule }) => rule === 'shadowed-route')?.related.length, 1);
    assert.equal(readFileSync(path, 'utf8'), expected);
  });

  it('names a file that is not there', async () => {
    const io = testIo({ cwd: folder });
    assert.equal(await run(['validate', 'none.yaml'], io), 1);
    assert.match(io.err(), /^error: There is no file none\.yaml\.\n/);
  });

  it('reads several files as one configuration', async () => {
    const cluster =
      "resources:\n  - '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\n    name: c\n    connect_timeout: 1s\n";
    const route = `resources:\n  - '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration\n    name: r\n    virtual_hosts:\n      - { name: v, domains: ['*'], routes: [{ match: { prefix: / }, route: { cluster: c } }] }\n`;
    writeFileSync(join(folder, 'cluster.yaml'), cluster);
    writeFileSync(join(folder, 'route.yaml'), route);
    assert.equal(await run(['validate', 'route.yaml'], testIo({ cwd: folder })), 1);
    const both = testIo({ cwd: folder });
    assert.equal(await run(['validate', 'route.yaml', 'cluster.yaml'], both), 0, both.out());
  });
});

describe('the program as a process', () => {
  it('ends with the code of the command, and prints colours only where they are wanted', () => {
    const plain = spawnSync(process.execPath, [bin, 'validate', sample], { encoding: 'utf8' });
    assert.deepEqual([plain.status, plain.stdout.includes('\u001b')], [0, false]);
    const colored = spawnSync(process.execPath, [bin, 'validate', sample], {
      encoding: 'utf8',
      env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' },
    });
    assert.deepEqual([colored.status, colored.stdout.includes('\u001b[32m✔')], [0, true]);
    assert.equal(spawnSync(process.execPath, [bin, 'nonsense']).status, 2);
  });

  it('does not mind a reader that has seen enough', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `${process.execPath} ${bin} --help | head -1`], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr], [0, '']);
  });
});

describe('without a lab of that name', () => {
  const lab = `t-none-${process.pid}`;
  const words: string[][] = [
    ['request', 'http://reviews/', '--from', 'x'],
    ['routes'],
    ['maps'],
    ['map', 'oh_route'],
    ['events'],
    ['knobs'],
    ['log-level', 'info'],
    ['apply', sample],
  ];
  for (const command of words)
    it(`${command[0]} says so, and how to start it`, async () => {
      const io = testIo();
      assert.equal(await run([...command, '--lab', lab], io), 1);
      assert.match(
        io.err(),
        new RegExp(`^error: Lab ${lab} is not running\\.\n  next: Start it: onehop up --name ${lab}\\.`),
      );
    });

  it('status tells its state and ends with 1', async () => {
    const io = testIo();
    assert.equal(await run(['status', '--lab', lab, '--json'], io), 1);
    const { phase, nodes } = JSON.parse(io.out()) as { phase: string; nodes: unknown[] };
    assert.deepEqual([phase, nodes], ['absent', []]);
    const text = testIo();
    assert.equal(await run(['status', '--lab', lab], text), 1);
    assert.equal(text.out(), `${lab} · local · not running\nStart it: onehop up --name ${lab}\n`);
  });

  it('down has nothing to remove', async () => {
    const io = testIo();
    assert.equal(await run(['down', '--name', lab], io), 0, io.err());
    assert.equal(io.out(), `Lab ${lab} was not running: nothing to remove.\n`);
  });
});
