/**
 * The process of a lab's control plane. Says on its standard output, in a line of JSON, `{"ready":true}` (and `port` with --listen) when it serves, or
 * `{"error":…,"hint":…}` before it exits with 1.
 */
import { destination, pino, type Logger } from 'pino';
import { readConfiguration } from './configuration.js';
import { ControlPlane } from './controlPlane.js';
import { ControlPlaneError } from './errors.js';
import { parseOptions } from './options.js';
import { ControlPlaneServer } from './server.js';

try {
  await serve();
} catch (error) {
  const hint = error instanceof ControlPlaneError ? error.hint : 'See its log.';
  say({ error: error instanceof Error ? error.message : String(error), hint });
  process.exitCode = 1;
}

async function serve(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const log = openLog(options.log);
  try {
    const controlPlane = new ControlPlane({ log });
    const { version } = controlPlane.load(readConfiguration(options.config, log));
    const server = await ControlPlaneServer.listen(options.socket, controlPlane, log);
    const tcp =
      options.listen === undefined
        ? undefined
        : await ControlPlaneServer.listenOnTcp(options.listen, controlPlane, log);
    log.info(
      { port: tcp?.port, socket: options.socket, config: options.config, version, pid: process.pid },
      'ready',
    );
    say(tcp === undefined ? { ready: true } : { ready: true, port: tcp.port });
    let stopping = false;
    const stop = (signal: string): void => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, 'stopping');
      void server.close();
      void tcp?.server.close();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    log.error({ err: error }, 'cannot serve');
    throw error;
  }
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function openLog(file: string): Logger {
  const dest = file === '-' ? 2 : file;
  const timestamp = (): string => `,"time":"${new Date().toISOString()}"`;
  // Written at once, so that the last line before a crash is there.
  return pino(
    { base: {}, timestamp },
    destination({ dest, sync: true, append: true, mkdir: true, mode: 0o600 }),
  );
}
