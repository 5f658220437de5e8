import type { Command } from 'commander';
import { deletesOf, entriesOf, type NamedEntry } from '@onehop/core/offline/compiled.js';
import { collect, openSession, subcommand } from '../../command.js';
import { compileFiles } from '../../compileFiles.js';
import { readDatapath } from '../../datapathFiles.js';
import type { Io } from '../../io.js';
import { entryText } from '../../print/entry.js';
import { table } from '../../print/table.js';
import { count } from '../../print/units.js';

interface Options {
  readonly json?: boolean;
  readonly after?: readonly string[];
}

export function addXdsCompile(group: Command, io: Io): void {
  subcommand(group, {
    name: 'compile',
    usage: 'compile <file...>',
    summary: 'show the map entries that a configuration becomes, with their names',
    description:
      "Compiles the files, as one configuration, to the entries of the kernel's maps, without a kernel. With --after, the files\n" +
      'given there are the generation in force before, and what is shown is only what the change writes and removes.',
    examples: [
      'onehop xds compile shop.xds.yaml',
      'onehop xds compile shop.xds.yaml --json',
      'onehop xds compile new.xds.yaml --after old.xds.yaml',
    ],
  })
    .option('--after <file>', 'of the configuration in force before; may be given more than once', collect)
    .action((files: readonly string[], options: Options) => {
      const session = openSession(io, options);
      const { btf, maps, limits } = readDatapath();
      const before = options.after && compileFiles(options.after, session, limits);
      const now = compileFiles(files, session, limits, before);
      const { plan } = now;
      const writes = plan.changed ? entriesOf(now, btf, maps) : [];
      const deletes = deletesOf(now, btf, maps);
      if (session.json) {
        const { generation, changed } = plan;
        session.value({ files, after: options.after ?? [], generation, changed, writes, deletes });
        return;
      }
      session.line(
        plan.changed
          ? `Generation ${plan.generation}: ${count(writes.length, 'entry', 'entries')} written, ${deletes.length} removed.`
          : `Nothing changes: generation ${plan.generation} stays in force.`,
      );
      if (writes.length === 0) return;
      io.stdout.write(
        `${table<NamedEntry>(
          [
            { title: 'MAP', text: ({ map }) => map },
            { title: 'KEY', text: ({ key }) => entryText(JSON.stringify(key)) },
            { title: 'NAME', text: ({ note }) => note },
            { title: 'VALUE', text: ({ value }) => entryText(JSON.stringify(value)) },
          ],
          writes,
          session.style,
        )}\n`,
      );
      for (const { map, key } of deletes) session.line(`removed: ${map} ${entryText(JSON.stringify(key))}`);
    });
}
