import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XdsClient } from '@onehop/agent/xds/client.js';
import type { Security } from '@onehop/agent/xds/security.js';
import { ControlPlane } from '@onehop/lab/controlplane/controlPlane.js';
import { silent } from '@onehop/lab/controlplane/log.js';
import { ControlPlaneServer } from '@onehop/lab/controlplane/server.js';
import { eventually } from '../../src/interop/eventually.js';
import { cluster, endpoints } from '../../src/interop/resources.js';
import { cli, TestLab } from '../../src/e2e/testLab.js';

describe('a control plane anywhere', function () {
  this.timeout(60_000);
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const closing: (() => Promise<unknown>)[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oh-tls-'));
    const openssl = (...args: readonly string[]): void => {
      execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    for (const ca of ['ca', 'stranger'])
      openssl('req', '-x509', ...key, '-subj', `/CN=${ca}`, '-keyout', `${ca}.key`, '-out', `${ca}.pem`);
    for (const who of ['server', 'client']) {
      openssl('req', ...key, '-subj', `/CN=${who}`, '-keyout', `${who}.key`, '-out', `${who}.csr`);
      writeFileSync(path(`${who}.ext`), `subjectAltName=DNS:${who}.test`);
      const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${who}.ext`];
      openssl('x509', '-req', '-in', `${who}.csr`, ...sign, '-out', `${who}.pem`);
    }
    writeFileSync(path('token'), 'secret\n');
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  after(() => rmSync(folder, { recursive: true }));

  const both = { cert: 'client.pem', key: 'client.key' };
  const cases: readonly (readonly [string, Record<string, string>, boolean, RegExp | undefined])[] = [
    [
      'vouched for by the authority that is given',
      { ca: 'ca.pem', serverName: 'server.test' },
      false,
      undefined,
    ],
    [
      'that asks for a certificate, and gets one',
      { ca: 'ca.pem', serverName: 'server.test', ...both },
      true,
      undefined,
    ],
    [
      'that asks for a certificate, and gets none',
      { ca: 'ca.pem', serverName: 'server.test' },
      true,
      /UNAVAILABLE/,
    ],
    ['of a stranger', { ca: 'stranger.pem', serverName: 'server.test' }, false, /UNAVAILABLE/],
    ['with the name of another', { ca: 'ca.pem', serverName: 'other.test' }, false, /UNAVAILABLE/],
    ['whose authority is in no file', { ca: 'missing.pem' }, false, /missing\.pem/],
  ];
  for (const [title, files, asksClients, wrong] of cases) {
    it(`over TLS, ${title}: ${wrong === undefined ? 'connected' : 'not connected, and why is told'}`, async () => {
      const controlPlane = new ControlPlane({ log: silent });
      controlPlane.load([cluster('a'), endpoints('a', '198.18.1.1')]);
      const tls = { cert: path('server.pem'), key: path('server.key') };
      const { server, port } = await ControlPlaneServer.listenOnTcp(
        { address: '127.0.0.1:0', tls: asksClients ? { ...tls, clientCa: path('ca.pem') } : tls },
        controlPlane,
        silent,
      );
      closing.push(() => server.close());
      const paths = Object.entries(files).map(([name, file]) => [
        name,
        name === 'serverName' ? file : path(file),
      ]);
      const security: Security = { tls: Object.fromEntries(paths), tokenFile: path('token') };
      const client = new XdsClient({
        ...{ address: `127.0.0.1:${port}`, node: { id: 'n', cluster: 'c' }, security, log: silent },
        onUpdate: (set) => Promise.resolve({ generation: 1, inForce: set, refused: [] }),
      });
      closing.push(() => client.close());
      client.start();
      if (wrong === undefined) {
        await eventually(() => client.resources().filter(({ state }) => state === 'acked').length === 2);
      } else {
        await eventually(() => client.controlPlane().state === 'lost');
        assert.match(client.controlPlane().error, wrong);
        assert.deepEqual(client.resources(), []);
      }
    });
  }

  it('configures the nodes of a lab, and status names it', async () => {
    const lab = TestLab.nameOf('anywhere');
    closing.push(() => cli(['down', '--name', lab]));
    const controlPlane = new ControlPlane({ log: silent });
    controlPlane.load([cluster('a'), endpoints('a', '198.18.1.1')]);
    const server = await ControlPlaneServer.listen(path('xds.sock'), controlPlane, silent);
    closing.push(() => server.close());
    const address = `unix:${path('xds.sock')}`;
    const flags = [
      '--control-plane',
      address,
      '--xds',
      'delta',
      '--node-id',
      '{lab}~{node}~x',
      '--token-file',
      path('token'),
    ];
    const up = await cli(['up', '--name', lab, ...flags, '--json']);
    assert.equal(up.code, 0, up.stdout + up.stderr);
    assert.deepEqual(
      controlPlane
        .nodes()
        .map(({ id, connected }) => `${id} ${connected}`)
        .sort(),
      [`${lab}~node-1~x true`, `${lab}~node-2~x true`],
    );
    const status = await cli(['status', '--lab', lab]);
    assert.ok(status.stdout.includes(`control plane ${address}`), status.stdout);
  });
});
