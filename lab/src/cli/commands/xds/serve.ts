import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { resourcesIn } from '@onehop/core/resources/model.js';
import { ControlPlane } from '../../../controlplane/controlPlane.js';
import type { Log } from '../../../controlplane/log.js';
import { ControlPlaneServer } from '../../../controlplane/server.js';
import { openSession, subcommand, type Session } from '../../command.js';
import { readConfiguration } from '../../configuration.js';
import { Failure } from '../../failure.js';
import { watchFiles } from '../../fileWatch.js';
import type { Io } from '../../io.js';
import { diagnosticText } from '../../print/diagnostics.js';
import { count } from '../../print/units.js';

interface Options {
  readonly json?: boolean;
  readonly listen: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly watch?: boolean;
}

export function addXdsServe(group: Command, io: Io): void {
  subcommand(group, {
    name: 'serve',
    usage: 'serve <file...>',
    summary: 'serve xDS files to Envoy or any other client, and follow their changes',
    description:
      "Runs the lab's control plane alone: ADS, state of the world and incremental, to any number of clients. A file that is\n" +
      'changed is served anew; with an error in it, what was served before is served on, and the error is shown at its line.\n' +
      'Ends with Ctrl-C.',
    examples: [
      'onehop xds serve shop.xds.yaml',
      'onehop xds serve shop.xds.yaml --listen 0.0.0.0:15010 --tls-cert cp.pem --tls-key cp.key',
    ],
  })
    .option('--listen <host:port>', 'where clients connect; port 0 is one that is free', '127.0.0.1:15010')
    .option('--tls-cert <file>', 'encrypted, with this certificate (PEM)')
    .option('--tls-key <file>', 'and its key')
    .option('--tls-client-ca <file>', 'clients must have a certificate of these authorities')
    .option('--no-watch', 'do not follow changes of the files')
    .action(async (files: readonly string[], options: Options) => {
      const session = openSession(io, options);
      const address = listenAddress(options, io);
      const controlPlane = new ControlPlane({ log: logTo(session) });
      const loaded = load(files, controlPlane, session);
      if (!loaded)
        throw new Failure(
          'invalid-configuration',
          'The configuration has errors.',
          'Correct them and serve it again.',
        );
      const { server, port } = await ControlPlaneServer.listenOnTcp(address, controlPlane, logTo(session));
      const at = address.address.replace(/:\d+$/, `:${port}`);
      tell(session, 'serving', `Serving on ${at}${address.tls ? ' with TLS' : ''}. Ctrl-C ends.`, {
        address: at,
      });
      const watcher =
        options.watch === false
          ? undefined
          : watchFiles(files, io.cwd, () => load(files, controlPlane, session));
      await new Promise<void>((end) => {
        if (io.signal.aborted) end();
        else io.signal.addEventListener('abort', () => end(), { once: true });
      });
      watcher?.close();
      await server.close();
    });
}

/** Serves what the files hold now. False, with what is wrong on standard error, when they have an error: nothing changes then. */
function load(files: readonly string[], controlPlane: ControlPlane, session: Session): boolean {
  const { validation, sources } = readConfiguration(files, session.io.cwd);
  const errors = validation.problems.filter(({ severity }) => severity === 'error');
  for (const error of errors)
    session.io.stderr.write(`${diagnosticText(error, sources, session.errorStyle)}\n`);
  if (errors.length > 0) return false;
  const before = controlPlane.snapshot.version;
  const { version } = controlPlane.load(resourcesIn(validation.set));
  if (version !== before) {
    const number = resourcesIn(validation.set).length;
    tell(session, 'loaded', `Version ${version}: ${count(number, 'resource')}.`, {
      version,
      resources: number,
    });
  }
  return true;
}

function tell(session: Session, event: string, text: string, fields: object): void {
  if (session.json) session.io.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  else session.line(text);
}

/** What clients do, as lines: who comes and goes, and what is refused. */
function logTo(session: Session): Log {
  const line = (fields: object, message: string): void => {
    if (session.json) session.io.stdout.write(`${JSON.stringify({ event: 'log', message, ...fields })}\n`);
    else session.line(`${message} ${JSON.stringify(fields)}`);
  };
  return { debug: () => undefined, info: line, warn: line, error: line };
}

function listenAddress(options: Options, io: Io): Parameters<typeof ControlPlaneServer.listenOnTcp>[0] {
  const { listen, tlsCert, tlsKey, tlsClientCa } = options;
  if (!/^(\[[0-9a-fA-F:.]+\]|[^:/\s]+):\d{1,5}$/.test(listen))
    throw new Failure(
      'usage',
      `--listen "${listen}" is not host:port.`,
      'For example: --listen 127.0.0.1:15010.',
    );
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return { address: listen };
  if (tlsCert === undefined || tlsKey === undefined)
    throw new Failure(
      'usage',
      'TLS needs both --tls-cert and --tls-key.',
      'Give the files of a certificate and its key.',
    );
  const file = (path: string): string => resolve(io.cwd, path);
  for (const path of [tlsCert, tlsKey, ...(tlsClientCa === undefined ? [] : [tlsClientCa])]) {
    try {
      readFileSync(file(path));
    } catch (cause) {
      throw new Failure('not-found', `${path} cannot be read.`, 'Check the path.', { cause });
    }
  }
  const tls = { cert: file(tlsCert), key: file(tlsKey) };
  return { address: listen, tls: tlsClientCa === undefined ? tls : { ...tls, clientCa: file(tlsClientCa) } };
}
