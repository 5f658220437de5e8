/** What a process does with an open ring when it ends, one way a mode. */
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { BpfObject } from '../../src/object.js';
import { RingBuffer } from '../../src/ringBuffer.js';
import { emit } from '../emit.js';

const [object = '', mode = ''] = isMainThread ? process.argv.slice(2) : (workerData as string[]);
const opened = BpfObject.open(object).load();

switch (mode) {
  case 'unref':
    new RingBuffer(opened.map('ring'), () => undefined).unref();
    break;
  case 'exit':
    new RingBuffer(opened.map('ring'), () => undefined);
    process.exit(0);
    break;
  case 'throw':
    process.on('uncaughtException', (error) => {
      console.log(error.message);
      process.exit(0);
    });
    new RingBuffer(opened.map('ring'), () => {
      throw new Error('from the handler');
    });
    emit(opened, 1);
    break;
  case 'worker': {
    const worker = new Worker(new URL(import.meta.url), { workerData: [object, 'inside'] });
    worker.on('message', () => void worker.terminate());
    worker.on('exit', () => {
      console.log('ended');
      opened.close();
    });
    break;
  }
  case 'inside': {
    const { parentPort } = await import('node:worker_threads');
    new RingBuffer(opened.map('ring'), (records) => parentPort?.postMessage(records.length));
    emit(opened, 3);
    break;
  }
}
