import type { Command } from 'commander';
import type { Io } from '../io.js';
import { addValidate } from './validate.js';
import { addXdsCompile } from './xds/compile.js';
import { addXdsDiff } from './xds/diff.js';
import { addXdsExplain } from './xds/explain.js';
import { addXdsFormat } from './xds/format.js';
import { addXdsServe } from './xds/serve.js';

/** `onehop xds …`: what is done with xDS files, most of it without a lab. */
export function addXds(program: Command, io: Io): void {
  const group = program
    .command('xds')
    .summary('check, format, explain, compile, compare and serve xDS files')
    .description(
      'Works on xDS files. Only diff needs a lab; everywhere else "-" is a file on standard input.',
    )
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ onehop xds validate shop.xds.yaml --github',
        '  $ onehop xds explain shop.xds.yaml GET http://shop:8080/cart',
        '  $ onehop xds serve shop.xds.yaml --listen 127.0.0.1:15010',
      ].join('\n'),
    );
  addValidate(group, io, 'xds validate');
  for (const add of [addXdsFormat, addXdsExplain, addXdsCompile, addXdsDiff, addXdsServe]) add(group, io);
}
