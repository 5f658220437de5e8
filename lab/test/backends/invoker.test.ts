import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { invokerOf } from '../../src/backends/local/invoker.js';
import { labNames } from '../../src/backends/local/names.js';
import { leftovers, testLabName } from './testLab.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../../bin/onehop.js', import.meta.url));
/** Any users but root will do: none of them needs to exist. */
const invoker = { uid: 4_201, gid: 4_201 };
const stranger = { uid: 4_202, gid: 4_202 };

describe('a lab that was started by sudo', function () {
  this.timeout(60_000);
  const lab = testLabName('sudo');
  const names = labNames(lab);
  after(() => run('node', [CLI, 'down', '--name', lab]));

  /** "" when `user` may do so, else why not. */
  const tried = async (user: { uid: number; gid: number }, code: string): Promise<string> => {
    const { stdout } = await run(process.execPath, ['-e', code], { ...user, cwd: '/' });
    return stdout.trim();
  };
  const connecting = (socket: string): string =>
    `require('net').connect(${JSON.stringify(socket)}).on('connect', () => process.exit()).on('error', (e) => console.log(e.code))`;
  const reading = (path: string): string =>
    `try { require('fs').readFileSync(${JSON.stringify(path)}) } catch (e) { console.log(e.code) }`;
  const writing = (path: string): string =>
    `try { require('fs').writeFileSync(${JSON.stringify(path)}, '') } catch (e) { console.log(e.code) }`;

  before(() =>
    run('node', [CLI, 'up', '--name', lab], {
      env: { ...process.env, SUDO_UID: String(invoker.uid), SUDO_GID: String(invoker.gid) },
    }),
  );

  it('lets in who started it, and nobody else', async () => {
    for (const socket of [
      names.controlPlaneSocket,
      names.agentSocket('node-1'),
      names.agentSocket('node-2'),
    ]) {
      assert.equal((statSync(socket).mode & 0o777).toString(8), '600', socket);
      assert.equal(await tried(invoker, connecting(socket)), '', socket);
      assert.equal(await tried(stranger, connecting(socket)), 'EACCES', socket);
    }
    const [log] = readdirSync(names.logDirectory);
    for (const file of [names.stateFile, names.topologyFile, `${names.logDirectory}/${log}`]) {
      assert.equal(await tried(invoker, reading(file)), '', file);
      assert.equal(await tried(stranger, reading(file)), 'EACCES', file);
    }
  });

  it('gives nobody a name to put something else at', async () => {
    for (const user of [invoker, stranger])
      assert.equal(await tried(user, writing(`${names.stateDirectory}/new`)), 'EACCES');
  });

  it('leaves nothing behind', async () => {
    await run('node', [CLI, 'down', '--name', lab]);
    assert.deepEqual(leftovers(lab), []);
  });
});

describe('who called sudo', () => {
  it('is in the environment of root only, and never root', () => {
    assert.deepEqual(invokerOf({ SUDO_UID: '1000', SUDO_GID: '100' }, 0), { uid: 1000, gid: 100 });
    assert.equal(invokerOf({ SUDO_UID: '1000', SUDO_GID: '100' }, 1000), undefined);
    assert.equal(invokerOf({ SUDO_UID: '0', SUDO_GID: '0' }, 0), undefined);
    assert.equal(invokerOf({ SUDO_UID: '1x', SUDO_GID: '' }, 0), undefined);
    assert.equal(invokerOf({}, 0), undefined);
  });
});
