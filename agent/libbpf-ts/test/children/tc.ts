/** Run in a network namespace of its own: attaches a classifier to its loopback and says what it saw. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { BpfError } from '../../src/errors.js';
import { BpfObject } from '../../src/object.js';
import { enableStats } from '../../src/probe.js';

const tc = (...args: string[]): string => execFileSync('tc', args, { encoding: 'utf8' });
const failureOf = (act: () => unknown): string => {
  try {
    act();
    return '';
  } catch (error) {
    return error instanceof BpfError ? error.code || error.reason : String(error);
  }
};

execFileSync('ip', ['link', 'set', 'lo', 'up']);
using object = BpfObject.open(process.argv[2] ?? '').load();
const program = object.program('classify');
const attachment = program.attachTc('lo', 'ingress', { priority: 7, handle: 1 });
const attached = tc('filter', 'show', 'dev', 'lo', 'ingress').includes(`id ${program.info().id}`);
using _stats = enableStats();
const socket = createSocket('udp4');
await new Promise<void>((resolve) => socket.send('x', 9, '127.0.0.1', () => resolve()));
socket.close();
const seen = program.info().runCount > 0n;
const second = failureOf(() => program.attachTc('lo', 'ingress', { priority: 7, handle: 1 }));
attachment.close();
const after = tc('qdisc', 'show', 'dev', 'lo', 'clsact') + tc('filter', 'show', 'dev', 'lo', 'ingress');
const unknown = failureOf(() => program.attachTc('nothing0', 'ingress'));
const { handle, priority } = attachment;
console.log(JSON.stringify({ handle, priority, attached, seen, second, after, unknown }));
