import type { Command } from 'commander';
import type { Explanation } from '@onehop/core/api/agent.generated.js';
import { formatAddress } from '@onehop/core/wire/ip.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { allHeaders } from '../../traffic/headers.js';
import { collect, openSession, subcommand } from '../command.js';
import type { Io } from '../io.js';
import { agentOf, nodeOf, runningLab } from '../labs.js';
import { entryJson } from '../print/entry.js';
import { explanationText, type Explained } from '../print/explanation.js';
import { header, methodAndUrl } from '../request/parse.js';
import { destinationOf } from '../request/resolve.js';

interface Options {
  readonly json?: boolean;
  readonly lab?: string;
  readonly from: string;
  readonly header?: readonly string[];
  readonly data?: string;
  readonly ipv6?: boolean;
}

export function addExplain(program: Command, io: Io): void {
  subcommand(program, {
    name: 'explain',
    usage: 'explain [words...]',
    summary: 'ask the loaded datapath where a request would go, and why, without sending it',
    description:
      'Asks the program that is loaded in the kernel where a request of a workload would go: every virtual host and route\n' +
      'that it tries, with the condition that failed, the cluster, the endpoint, the path, and the map entries that it\n' +
      'read. Nothing is sent, counted or used up; the drawn cluster and the turn are those of this moment.',
    examples: [
      'onehop explain http://reviews:9080/reviews/1 --from productpage-v1',
      "onehop explain GET http://reviews:9080/reviews/1 --from productpage-v1 -H 'end-user: jason' --json",
    ],
    lab: true,
  })
    .usage('[METHOD] URL --from WORKLOAD [options]')
    .requiredOption('--from <workload>', 'the workload that would send it')
    .option('-H, --header <name: value>', 'a request header; may be given more than once', collect)
    .option('-d, --data <body>', 'the body of the request: its length counts')
    .option('-6, --ipv6', 'connect to the IPv6 address of the name')
    .action(async (words: readonly string[], options: Options) => {
      const session = openSession(io, options);
      const { method, url: text } = methodAndUrl(words, options.data !== undefined);
      const headers = (options.header ?? []).map(header);
      const lab = await runningLab(createLocalBackend(), session.lab);
      const url = new URL(text);
      const node = nodeOf(lab, options.from);
      const to = destinationOf(lab.topology, url, options.ipv6 === true);
      const body = options.data === undefined ? undefined : Buffer.from(options.data);
      using agent = agentOf(lab, node);
      const answer = await agent.explain({
        ...to,
        head: new Uint8Array(),
        method,
        target: `${url.pathname}${url.search}`,
        headers: allHeaders({ url, method, headers, body }).map(([name, value]) => ({ name, value })),
      });
      const asked = { method, url: text, from: options.from, headers };
      const explained = { lab: lab.name, node, topology: lab.topology, asked, answer };
      if (session.json) session.value(explanationJson(explained, formatAddress(to.address, to.port)));
      else io.stdout.write(explanationText(explained, session.style));
    });
}

/** What is not known or not there is null, not "" or 0. */
export function explanationJson({ lab, node, asked, answer }: Explained, to: string): object {
  const text = (value: string): string | null => (value === '' ? null : value);
  const { steps, reads, draw, status } = answer;
  const names = [
    'path',
    'reason',
    'refused',
    'listener',
    'virtualHost',
    'route',
    'cluster',
    'endpoint',
  ] as const;
  const { method, url, from } = asked;
  return {
    ...{ lab, node, method, url, from, to },
    ...Object.fromEntries(names.map((name) => [name, text(answer[name])])),
    status: status === 0 ? null : status,
    draw,
    turn: answer.endpoints === 0 ? null : { turn: answer.turn, endpoints: answer.endpoints },
    generation: answer.generation,
    source: answer.source,
    steps: steps.map((step) => ({ ...step, name: text(step.name) })),
    reads: reads.map(readJson),
  };
}

function readJson({ map, entry }: Explanation['reads'][number]): object {
  if (entry === null) return { map };
  return { map, ...entryJson(entry.value === '' ? { ...entry, value: 'null' } : entry) };
}
