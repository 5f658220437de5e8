import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, statSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { BpfError } from '../src/errors.js';
import { BpfLink } from '../src/link.js';
import { BpfObject } from '../src/object.js';
import { enableStats } from '../src/probe.js';
import { BpfProgram } from '../src/program.js';
import {
  socketBoundUnsent,
  socketCookie,
  socketUnacknowledged,
  socketUnread,
  socketWriteError,
} from '../src/socket.js';
import { compile, makeCgroup, mountBpffs, scratch } from './fixture.js';

interface Globals {
  readonly connects: bigint;
  readonly messages: bigint;
  readonly umasks: bigint;
}
/** Number of umask(2), by architecture. */
const UMASK = process.arch === 'x64' ? 95 : 166;
const directory = scratch();
let object: BpfObject;
before(() => {
  object = BpfObject.open(compile('programs', directory.path), {
    rodata: { enabled: true, watched: process.pid, watched_call: UMASK },
  }).load();
});
after(() => {
  object.close();
  directory.remove();
});
const globals = (): Globals => object.map<number, Globals>('.bss').get(0) ?? assert.fail();

/** Tries to connect to a closed port from inside of a cgroup: EPERM when a program refuses, else ECONNREFUSED. */
function connectIn(cgroup: string): string {
  const script = `
    require('fs').writeFileSync(${JSON.stringify(`${cgroup}/cgroup.procs`)}, String(process.pid));
    const socket = require('net').connect({ host: '127.0.0.1', port: 1 });
    socket.on('error', (error) => console.log(error.code));`;
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim();
}

describe('a program', () => {
  it('says what it is', () => {
    const program = object.program('classify');
    assert.deepEqual(
      [program.name, program.section, program.type, program.attachType],
      ['classify', 'tc', 'sched_cls', undefined],
    );
    assert.equal(object.program('connect4').attachType, 'cgroup_inet4_connect');
    const info = program.info();
    assert.deepEqual([info.name, info.type], ['classify', 'sched_cls']);
    assert.ok(info.id > 0 && info.verifiedInstructions > 0 && info.translatedBytes > 0 && info.btfId > 0);
    assert.match(info.tag, /^[0-9a-f]{16}$/);
    assert.deepEqual(info.mapIds, [object.map('.rodata').info().id]);
  });

  it('runs on a packet that is given', () => {
    const packet = new Uint8Array(64).fill(1);
    const { returnValue, dataOut } = object.program('classify').testRun({ dataIn: packet });
    assert.equal(returnValue, 0);
    assert.deepEqual(dataOut, packet);
    packet[0] = 0xaa;
    assert.equal(object.program('classify').testRun({ dataIn: packet, repeat: 10 }).returnValue, 2);
  });

  it('gets and gives a context', () => {
    // struct __sk_buff: mark is the third word; the program sets it to `limit`.
    const ctxIn = new Uint8Array(192);
    const { ctxOut } = object.program('classify').testRun({ dataIn: new Uint8Array(64), ctxIn });
    assert.equal(ctxOut.length, 192);
    assert.equal(new DataView(ctxOut.buffer).getUint32(8, true), 7);
    assert.deepEqual(ctxIn, new Uint8Array(192), 'what was given is not changed');
  });

  it('that cannot be run says so', () => {
    assert.throws(
      () => object.program('connect4').testRun({ ctxIn: new Uint8Array(72) }),
      (error) =>
        error instanceof BpfError &&
        /ENOTSUPP|EOPNOTSUPP|EINVAL/.test(error.code) &&
        /test program connect4/.test(error.message),
    );
  });

  it('counts its runs while statistics are on', () => {
    const program = object.program('classify');
    const run = (): unknown => program.testRun({ dataIn: new Uint8Array(64), repeat: 100 });
    const before = program.info();
    run();
    assert.equal(program.info().runCount, before.runCount);
    const stats = enableStats();
    run();
    stats.close();
    const after = program.info();
    assert.equal(after.runCount - before.runCount, 100n);
    assert.ok(after.runTimeNs > before.runTimeNs);
    run();
    assert.equal(program.info().runCount, after.runCount);
  });

  it('is found again by id and by pin', () => {
    const { id } = object.program('classify').info();
    using byId = BpfProgram.fromId(id);
    assert.deepEqual([byId.name, byId.type, byId.info().id], ['classify', 'sched_cls', id]);
    assert.throws(() => byId.attach(), /only a program of an open object/);
    const bpffs = mountBpffs();
    try {
      object.program('classify').pin(`${bpffs.path}/classify`);
      using pinned = BpfProgram.fromPin(`${bpffs.path}/classify`);
      assert.equal(pinned.info().id, id);
    } finally {
      bpffs.remove();
    }
    assert.throws(
      () => BpfProgram.fromId(0xfffffff),
      (error) => error instanceof BpfError && error.code === 'ENOENT',
    );
  });
});

describe('a program on a cgroup', () => {
  let cgroup: ReturnType<typeof makeCgroup>;
  beforeEach(() => (cgroup = makeCgroup('link')));
  afterEach(() => cgroup.remove());

  it('runs for the processes in it until the link is closed', () => {
    const link = object.program('connect4').attachCgroup(cgroup.path);
    const info = link.info();
    assert.deepEqual([info.type, info.attachType], ['cgroup', 'cgroup_inet4_connect']);
    assert.equal(info.programId, object.program('connect4').info().id);
    assert.equal(info.cgroupId, BigInt(statSync(cgroup.path).ino));
    const before = globals().connects;
    assert.equal(connectIn(cgroup.path), 'ECONNREFUSED');
    assert.equal(globals().connects, before + 1n);
    link.close();
    link.close();
    assert.equal(connectIn(cgroup.path), 'ECONNREFUSED');
    assert.equal(globals().connects, before + 1n);
    assert.throws(() => link.info(), /it is closed/);
  });

  it('is replaced while it is attached', () => {
    using link = object.program('connect4').attachCgroup(cgroup.path);
    assert.equal(connectIn(cgroup.path), 'ECONNREFUSED');
    link.update(object.program('refuse4'));
    assert.equal(connectIn(cgroup.path), 'EPERM');
    assert.equal(link.info().programId, object.program('refuse4').info().id);
  });

  it('stays when its link is pinned', () => {
    const bpffs = mountBpffs();
    try {
      const path = `${bpffs.path}/link`;
      const link = object.program('refuse4').attachCgroup(cgroup.path);
      const { id } = link.info();
      link.pin(path);
      link.close();
      assert.equal(connectIn(cgroup.path), 'EPERM');
      using again = BpfLink.fromPin(path);
      assert.equal(again.info().id, id);
      using byId = BpfLink.fromId(id);
      byId.detach();
      assert.equal(connectIn(cgroup.path), 'ECONNREFUSED');
      unlinkSync(path);
    } finally {
      bpffs.remove();
    }
  });

  it('is attached by fd, too, and through sock_ops', () => {
    const fd = openSync(cgroup.path, 'r');
    using link = object.program('ops').attachCgroup(fd);
    closeSync(fd);
    assert.equal(link.info().attachType, 'cgroup_sock_ops');
  });

  it('that is none says so', () => {
    assert.throws(() => object.program('connect4').attachCgroup(`${cgroup.path}/none`), /ENOENT/);
    assert.throws(
      () => object.program('connect4').attachCgroup(directory.path),
      (error) =>
        error instanceof BpfError &&
        error.code === 'EBADF' &&
        /attach program connect4 to cgroup/.test(error.message),
    );
    assert.throws(() => object.program('classify').attachCgroup(cgroup.path), /no attach type is given/);
  });
});

describe('programs on the sockets of a map', () => {
  let server: Server;
  let client: Socket;
  let accepted: Socket;
  const fdOf = (socket: Socket): number => (socket as unknown as { _handle: { fd: number } })._handle.fd;

  before(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connected = once(server, 'connection');
    client = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    [accepted] = (await connected) as [Socket];
  });
  after(() => {
    client.destroy();
    accepted.destroy();
    server.close();
  });

  it('sk_msg sees what is sent, until it is detached', async () => {
    const socks = object.map<bigint, bigint>('socks');
    const cookie = socketCookie(fdOf(client));
    const attachment = object.program('on_message').attachSockMap(socks);
    assert.equal(attachment.attachType, 'sk_msg_verdict');
    socks.set(cookie, { fd: fdOf(client) });
    assert.equal(socks.get(cookie), cookie, 'the kernel gives the cookie of the socket');
    assert.deepEqual([...socks.keys()], [cookie]);
    const before = globals().messages;
    client.write('hello');
    const [data] = (await once(accepted, 'data')) as [Buffer];
    assert.equal(data.toString(), 'hello');
    assert.equal(globals().messages, before + 1n);
    socks.delete(cookie);
    attachment.close();
    attachment.close();
    assert.equal(attachment.closed, true);
    client.write('again');
    await once(accepted, 'data');
    assert.equal(globals().messages, before + 1n);
  });

  it('sk_skb parser and verdict attach, and detach when program and map were closed', () => {
    const other = BpfObject.open(`${directory.path}/programs.bpf.o`).load();
    const socks = other.map('socks');
    const parser = other.program('parse').attachSockMap(socks);
    const verdict = other.program('verdict').attachSockMap(socks);
    using kept = socks.clone();
    other.close();
    parser.close();
    verdict.close();
    // Both places are free again: another kind of verdict cannot share them with a stream verdict.
    using single = object.program('skb_verdict').attachSockMap(kept, 'sk_skb_verdict');
    assert.equal(single.closed, false);
  });

  it('refuses what is no socket, with the reason', () => {
    const socks = object.map<bigint, bigint>('socks');
    assert.throws(
      () => socks.set(1n, { fd: 0 }),
      (error) => error instanceof BpfError && error.code !== '',
    );
    assert.throws(
      () => object.program('connect4').attachSockMap(socks),
      /names no attach type of a sock map/,
    );
  });

  it('what waits to be sent is bounded where the other end does not read', async () => {
    const unsent = async (bound: boolean): Promise<number> => {
      const connection = once(server, 'connection');
      const own = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
      const [[other]] = (await Promise.all([connection, once(own, 'connect')])) as [[Socket], unknown];
      other.pause();
      if (bound) socketBoundUnsent(fdOf(own), 16_384);
      for (let i = 0; i < 512; i++) own.write(Buffer.alloc(65_536));
      await new Promise((resolve) => setTimeout(resolve, 200));
      // what is sent and not acknowledged is little here: the other end takes what fits into its window
      const bytes = socketUnacknowledged(fdOf(own));
      own.destroy();
      other.destroy();
      return bytes;
    };
    assert.ok((await unsent(false)) > 1 << 20);
    assert.ok((await unsent(true)) < 256 * 1024);
    assert.throws(() => socketBoundUnsent(9999, 1), /bound what socket 9999 has to send/);
  });

  it('a write error is what the other end has left behind', async () => {
    const connection = once(server, 'connection');
    const own = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    own.on('error', () => {});
    const [[other]] = (await Promise.all([connection, once(own, 'connect')])) as [[Socket], unknown];
    own.pause();
    assert.equal(socketWriteError(fdOf(own)), '');
    other.resetAndDestroy();
    await once(other, 'close');
    assert.equal(socketWriteError(fdOf(own)), 'ECONNRESET');
    assert.equal(socketWriteError(9999), 'EBADF');
    own.destroy();
  });

  it('tells of data that nobody has read', async () => {
    const connection = once(server, 'connection');
    const own = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    const [[other]] = (await Promise.all([connection, once(own, 'connect')])) as [[Socket], unknown];
    other.pause();
    assert.equal(socketUnread(fdOf(other)), false);
    await new Promise((resolve) => own.write('x', resolve));
    assert.equal(socketUnread(fdOf(other)), true);
    // it is still there
    assert.equal(socketUnread(fdOf(other)), true);
    own.destroy();
    other.destroy();
  });

  it('a cookie is asked of sockets only', () => {
    assert.ok(socketCookie(fdOf(client)) > 0n);
    assert.equal(socketUnacknowledged(fdOf(client)), 0);
    assert.throws(
      () => socketCookie(9999),
      (error) => error instanceof BpfError && error.code === 'EBADF',
    );
  });
});

describe('programs that attach by their section', () => {
  it('raw tracepoint', () => {
    const link = object.program('on_umask').attach();
    const before = globals().umasks;
    process.umask(0o022);
    assert.equal(globals().umasks, before + 1n);
    link.close();
    process.umask(0o022);
    assert.equal(globals().umasks, before + 1n);
    assert.throws(() => object.program('classify').attach(), BpfError);
  });
});

describe('a classifier', () => {
  it('attaches to an interface, and leaves no qdisc behind', () => {
    const child = fileURLToPath(new URL('children/tc.js', import.meta.url));
    const output = execFileSync(
      'unshare',
      ['-n', process.execPath, child, `${directory.path}/programs.bpf.o`],
      {
        encoding: 'utf8',
      },
    );
    assert.deepEqual(JSON.parse(output), {
      handle: 1,
      priority: 7,
      attached: true,
      seen: true,
      second: 'EEXIST',
      after: '',
      unknown: 'usage',
    });
  });
});
