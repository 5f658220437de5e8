import assert from 'node:assert/strict';
import { changeLines } from '../../src/cli/commands/map.js';
import { mergeRoutes, routesText } from '../../src/cli/commands/routes.js';
import { entryText, isEmpty } from '../../src/cli/print/entry.js';
import { eventLine } from '../../src/cli/print/event.js';
import { pathText } from '../../src/cli/print/path.js';
import { colored, displayWidth, plain, printable, wantsColor } from '../../src/cli/print/style.js';
import { table } from '../../src/cli/print/table.js';
import { bytes, count, duration, percent } from '../../src/cli/print/units.js';
import { apiEvent, routeRow } from './examples.js';
import { assertGolden } from './golden.js';

describe('units', () => {
  for (const [us, text] of [
    [0, '0 µs'],
    [0.4126, '0.413 µs'],
    [41.25, '41.3 µs'],
    [412.4, '412 µs'],
    [999.4, '999 µs'],
    [999.6, '1.00 ms'],
    [18_400, '18.4 ms'],
    [999_600, '1.00 s'],
    [61_000_000, '61.0 s'],
  ] as const)
    it(`${us} µs are ${text}`, () => assert.equal(duration(us), text));

  for (const [n, text] of [
    [0, '0 B'],
    [512, '512 B'],
    [1024, '1.00 KiB'],
    [65_536, '64.0 KiB'],
    [2_949_120, '2.81 MiB'],
  ] as const)
    it(`${n} bytes are ${text}`, () => assert.equal(bytes(n), text));

  it('counts with separators and the right number', () =>
    assert.deepEqual(
      [count(1, 'map'), count(0, 'map'), count(12_345, 'entry', 'entries')],
      ['1 map', '0 maps', '12,345 entries'],
    ));
  it('shares have a unit', () =>
    assert.deepEqual([percent(0.9012), percent(1), percent(0)], ['90.1 %', '100 %', '0 %']));
});

describe('text from outside', () => {
  it('cannot steer the terminal', () =>
    assert.equal(printable('/a\u001b[2J\u0007b\u009b1mc\u007f\n'), '/a\\x1b[2J\\x07b\\x9b1mc\\x7f\\x0a'));
  it('keeps its letters', () => assert.equal(printable('/überblick/评论'), '/überblick/评论'));
  it('is as wide as it looks', () =>
    assert.deepEqual(
      [displayWidth('评论'), displayWidth(colored('good', 'ok')), displayWidth('é')],
      [4, 2, 1],
    ));
});

describe('colours', () => {
  for (const [isTTY, env, expected] of [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ] as const)
    it(`${isTTY ? 'on a terminal' : 'in a pipe'} with ${JSON.stringify(env)}: ${expected}`, () =>
      assert.equal(wantsColor(isTTY, env), expected));
});

describe('tables', () => {
  it('line up, whatever the script, and leave empty columns out', () => {
    const rows = [
      { name: 'reviews', n: 5, more: '' },
      { name: '评论', n: 12_000, more: '' },
    ];
    const text = table(
      [
        { title: 'NAME', text: ({ name }) => name },
        { title: 'N', text: ({ n }) => String(n), align: 'right' },
        { title: 'MORE', text: ({ more }) => more },
      ],
      rows,
      plain,
    );
    assert.equal(text, 'NAME         N\nreviews      5\n评论     12000\n');
  });

  it('have the same columns in colour', () => {
    const columns = [
      {
        title: 'PATH',
        text: (path: string) => pathText(path),
        dress: (text: string) => colored('kernel', text),
      },
      { title: 'X', text: () => 'x' },
    ];
    const strip = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, '');
    assert.equal(
      strip(table(columns, ['kernel', 'relay'], colored)),
      'PATH      X\n● kernel  x\n▲ relay   x\n',
    );
  });
});

describe('routes', () => {
  const rows = [
    routeRow({
      route: 'jason',
      match: 'path prefix "/", header end-user = "jason"',
      clusters: [{ cluster: 'reviews-v2', weight: 1, endpoints: 1 }],
      requests: 4,
    }),
    routeRow({
      route: 'canary',
      clusters: [
        { cluster: 'reviews-v1', weight: 90, endpoints: 1 },
        { cluster: 'reviews-v3', weight: 10, endpoints: 1 },
      ],
      requests: 12_345,
      relayed: 7,
    }),
    routeRow({
      listener: 'ratings-db',
      addresses: ['198.18.100.5:3306'],
      virtualHost: '',
      route: '',
      match: '',
      path: 'direct',
    }),
    routeRow({ route: 'slow', path: 'relay', reason: 'the route needs the relay' }),
  ];

  it('are a table', () => assertGolden('routes', routesText({ generation: 3, rows }, plain)));
  it('are said to be missing', () => {
    assert.equal(
      routesText({ generation: 0, rows: [] }, plain),
      'No routes are in force: no configuration has arrived yet.\n',
    );
    assert.equal(routesText({ generation: 4, rows: [] }, plain), 'No routes are in force.\n');
  });
  it('of several nodes are one list with the sum of the requests', () => {
    const merged = mergeRoutes([
      { generation: 3, rows },
      { generation: 4, rows: rows.slice(0, 1) },
    ]);
    assert.equal(merged.generation, 4);
    assert.deepEqual(
      merged.rows.map(({ route, requests, relayed }) => [route, requests, relayed]),
      [
        ['jason', 8, 0],
        ['canary', 12_345, 7],
        ['', 0, 0],
        ['slow', 0, 0],
      ],
    );
  });
});

describe('map entries', () => {
  for (const [json, text] of [
    ['7', '7'],
    ['"18446744073709551615"', '18446744073709551615'],
    ['""', '""'],
    ['{"set":1,"port":9080,"pad":0,"ip":"198.18.100.3"}', '{set: 1, port: 9080, ip: 198.18.100.3}'],
    ['{"gen":[3,0],"v":[{"present":1,"pad":0},{"present":0}]}', '{gen: [3, 0], v: [{present: 1}, 0]}'],
    ['{"cond":[{"a":1},{"a":0},{"a":0},{"a":0}]}', '{cond: [{a: 1}, …]}'],
    ['{"v":[{"a":0,"b":"::"}],"n":0}', '{v: 0, n: 0}'],
    ['[{"requests":"5"},{"requests":"7"}]', '[{requests: 5}, {requests: 7}]'],
    ['{"name":"a\\u001b[2J"}', '{name: a\\x1b[2J}'],
  ] as const)
    it(`${json} is ${text}`, () => assert.equal(entryText(json), text));

  it('of arrays that are all zero are empty; a hash has only what was written', () => {
    const zero = { key: '5', value: '{"gen":[0,0],"ip":"::","n":"0"}', note: '' };
    const empty = (value: string, type: string): boolean => isEmpty({ ...zero, value }, type);
    assert.deepEqual(
      [empty(zero.value, 'array'), empty('[0,1]', 'percpu_array'), empty(zero.value, 'hash')],
      [true, false, false],
    );
  });

  it('that changed are marked', () => {
    const entry = (key: string, value: string) => [key, { key, value, note: '' }] as const;
    const before = new Map([entry('1', '10'), entry('2', '20'), entry('3', '30')]);
    const after = new Map([entry('1', '10'), entry('2', '21'), entry('4', '40')]);
    assert.deepEqual(changeLines(before, after, plain), ['~ 2  21', '+ 4  40', '- 3  30']);
  });
});

describe('events', () => {
  it('are a line each', () => {
    const lines = [
      apiEvent({ startUs: 1_782_000_000_123_456 }),
      apiEvent({
        path: 'relay',
        reason: 'no warm upstream connection was idle',
        status: 503,
        endpoint: '',
        durationUs: 1234,
      }),
      apiEvent({
        type: 'open',
        path: 'direct',
        listener: 'ratings-db',
        virtualHost: '',
        route: '',
        cluster: 'ratings-db',
        endpoint: '198.18.2.14:3306',
      }),
      apiEvent({ status: 0, workload: '', host: 'a\u001bb' }),
    ].map((event) => `${eventLine(event, plain)}\n`);
    assertGolden('events', lines.join(''));
  });
});
