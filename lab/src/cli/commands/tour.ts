import { dirname } from 'node:path';
import type { Command } from 'commander';
import { createLocalBackend } from '../../backends/local/backend.js';
import { openSession, subcommand, type Session } from '../command.js';
import type { Io } from '../io.js';
import { sampleLab } from '../labs.js';
import { sample } from '../sample.js';
import { labStatus, troubles } from '../labStatus.js';
import { statusText } from '../print/status.js';
import { openEditor } from './editor.js';
import { bringUp } from './up.js';

/** One request for each route of the sample. */
const stops: readonly (readonly [title: string, command: readonly string[]])[] = [
  [
    'a page that asks two services',
    ['request', 'http://productpage:9080/productpage', '--from', 'ratings-v1'],
  ],
  ['a service on the same node', ['request', 'http://details:9080/details/0', '--from', 'productpage-v1']],
  [
    'one user sees the new version',
    ['request', 'http://reviews:9080/reviews/1', '--from', 'productpage-v1', '-H', 'end-user: jason'],
  ],
  [
    'everybody else: a canary, 90 to 10',
    ['request', 'http://reviews:9080/reviews/1', '--from', 'productpage-v1'],
  ],
  ['over IPv6', ['request', 'http://ratings:9080/ratings/1', '--from', 'reviews-v2', '--ipv6']],
  [
    'plain TCP, decided when it connects',
    ['connect', 'ratings-db:3306', '--from', 'ratings-v1', '--send', 'RATINGS 1'],
  ],
];

interface Options {
  readonly headless?: boolean;
  readonly name?: string;
}

/** @param runWords runs another command line of ours, with the same output */
export function addTour(
  program: Command,
  io: Io,
  runWords: (words: readonly string[]) => Promise<void>,
): void {
  subcommand(program, {
    name: 'tour',
    summary: 'bring the sample up and send one request through each of its routes (npm start)',
    examples: ['onehop tour'],
  })
    .option('--headless', 'without an editor')
    .option('--name <lab>', 'name of the lab', sampleLab)
    .action(async (options: Options) => {
      const session = openSession(io, {});
      const name = options.name ?? sampleLab;
      const started = await ensureUp(session, name);
      const lab = name === sampleLab && !started.several ? [] : ['--lab', name];
      await runWords(['routes', ...lab]);
      for (const [title, command] of stops) {
        session.line(`\n${session.style('faint', `── ${title}: onehop ${quoted([...command, ...lab])}`)}\n`);
        await runWords([...command, ...lab]);
      }
      session.line(nextSteps(lab, name));
      if (options.headless !== true) await openEditor(session, dirname(sample.topology));
    });
}

async function ensureUp(session: Session, name: string): Promise<{ readonly several: boolean }> {
  const backend = createLocalBackend();
  const status = await labStatus(backend, name);
  if (status.phase === 'running' && troubles(status).length === 0)
    session.line(`Lab ${name} is running already.`);
  else await bringUp(session, { name });
  const now = await labStatus(backend, name);
  session.line(`\n${statusText(now, session.style)}`);
  return { several: (await backend.list()).length > 1 };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

function nextSteps(lab: readonly string[], name: string): string {
  const flag = lab.length === 0 ? '' : ` --lab ${name}`;
  return [
    'Try next (with npx in front):',
    '  edit lab/samples/bookinfo/bookinfo.xds.yaml: change the canary from 90/10 to 50/50, then',
    `  onehop apply lab/samples/bookinfo/bookinfo.xds.yaml${flag}`,
    `  onehop request http://reviews:9080/reviews/1 --from productpage-v1 -n 1000${flag}`,
    `  onehop events --follow${flag}`,
    `  onehop map oh_route${flag}`,
    `  onehop down${lab.length === 0 ? '' : ` --name ${name}`}`,
    '',
  ].join('\n');
}
