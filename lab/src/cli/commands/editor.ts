import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { desktopEditor, openDesktop } from '../../editor/desktop.js';
import { checkoutFiles, runningEditor, startEditor, stopEditor } from '../../editor/running.js';
import { openSession, subcommand, type Session } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { sample } from '../sample.js';

interface Options {
  readonly json?: boolean;
  readonly stop?: boolean;
}

export function addEditor(program: Command, io: Io): void {
  subcommand(program, {
    name: 'editor',
    usage: 'editor [folder]',
    summary: 'open VS Code with the extension',
    description:
      'Opens a folder (default: the sample) in the VS Code of this desktop; without one, serves VS Code on loopback and\n' +
      'prints its address, with the token that it asks for. It runs until `onehop editor --stop`.',
    examples: ['onehop editor', 'onehop editor ~/mesh', 'onehop editor --stop'],
  })
    .option('--stop', 'end the VS Code that this command served')
    .action(async (folder: string | undefined, options: Options) => {
      const session = openSession(io, options);
      if (options.stop === true) {
        if (folder !== undefined) throw new Failure('usage', '--stop takes no folder.', 'Give one of them.');
        const was = await stopEditor();
        if (session.json) session.value({ stopped: was });
        else session.line(was ? 'The editor is closed.' : 'No editor was open.');
        return;
      }
      await openEditor(session, resolve(io.cwd, folder ?? dirname(sample.topology)));
    });
}

export async function openEditor(session: Session, folder: string): Promise<void> {
  const { io } = session;
  const files = checkoutFiles(io.env);
  const code = desktopEditor(io.env, process.getuid?.());
  if (code !== undefined) {
    await openDesktop(code, files.vsix, folder);
    if (session.json) session.value({ desktop: code, folder });
    else session.line(`Opened in VS Code: ${folder}`);
    return;
  }
  const { url } = runningEditor(folder) ?? (await startEditor(files, folder, io.env));
  if (session.json) session.value({ url, folder });
  else
    session.line(
      `${session.style('strong', 'The editor is open at')}\n  ${url}\nClose it with: onehop editor --stop`,
    );
}
