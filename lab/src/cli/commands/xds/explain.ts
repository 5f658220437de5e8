import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Command } from 'commander';
import { formatAddress } from '@onehop/core/wire/ip.js';
import { type OfflineGeneration } from '@onehop/core/offline/compiled.js';
import { OfflineRouter } from '@onehop/core/offline/router.js';
import type { HttpListener } from '@onehop/core/routing/model.js';
import { allHeaders } from '../../../traffic/headers.js';
import { collect, openSession, subcommand } from '../../command.js';
import { compileFiles } from '../../compileFiles.js';
import { readDatapath } from '../../datapathFiles.js';
import { Failure } from '../../failure.js';
import type { Io } from '../../io.js';
import { explanationText } from '../../print/explanation.js';
import { header, methodAndUrl } from '../../request/parse.js';
import { explanationJson } from '../explain.js';

interface Options {
  readonly json?: boolean;
  readonly header?: readonly string[];
  readonly config?: readonly string[];
  readonly to?: string;
}

export function addXdsExplain(group: Command, io: Io): void {
  subcommand(group, {
    name: 'explain',
    usage: 'explain <file> [words...]',
    summary: 'ask a file where a request would go, and why; no lab is needed',
    description:
      "Compiles the file and asks the datapath's own router, built for wasm, where a request would go: every virtual host and\n" +
      'route that it tries, with the condition that failed, the cluster, the endpoint and the path. The file may be "-", so\n' +
      'that an editor can ask about text that is not saved. The host of the URL is an address of a listener, or else a name\n' +
      'by which one is found: its own name, or a domain of its virtual hosts.',
    examples: [
      'onehop xds explain lab/samples/bookinfo/bookinfo.xds.yaml GET http://reviews:9080/reviews/1',
      "onehop xds explain shop.xds.yaml http://shop:8080/cart -H 'x-canary: yes' --json",
      'onehop xds explain - http://shop/cart --to 198.18.100.9:80 < shop.xds.yaml',
    ],
  })
    .usage('FILE [METHOD] URL [options]')
    .option('-H, --header <name: value>', 'a request header; may be given more than once', collect)
    .option('--config <file>', 'another file of the same configuration; may be given more than once', collect)
    .option('--to <address:port>', 'where the connection goes to, when the URL does not say it')
    .action(async (file: string, words: readonly string[], options: Options) => {
      const session = openSession(io, options);
      const { method, url: text } = methodAndUrl(words, false);
      const headers = (options.header ?? []).map(header);
      const url = new URL(text);
      const datapath = readDatapath();
      const generation = compileFiles([file, ...(options.config ?? [])], session, datapath.limits);
      const to = options.to === undefined ? addressOf(url, generation) : parsedAddress(options.to);
      const router = await OfflineRouter.load(datapath.router, datapath.btf, generation, seed());
      const all = allHeaders({ url, method, headers, body: undefined });
      const host = all.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
      const request = { method, target: `${url.pathname}${url.search}`, host, headers: all };
      const answer = router.explain({ ...to, request });
      const topology = { name: '', nodes: [], services: [], workloads: [] };
      const asked = { method, url: text, from: file, headers };
      const explained = { lab: '', node: '', topology, asked, answer };
      if (!session.json) {
        io.stdout.write(`${explanationText(explained, session.style).trimEnd()}\n`);
        return;
      }
      const {
        lab: _lab,
        node: _node,
        from,
        ...told
      } = explanationJson(explained, formatAddress(to.address, to.port)) as Record<string, unknown>;
      session.value({ file: from, ...told });
    });
}

/** The draws of weighted splits differ from one question to the next, as they do for requests. */
function seed(): bigint {
  return randomBytes(8).readBigUInt64LE();
}

interface Address {
  readonly address: string;
  readonly port: number;
}

function parsedAddress(text: string): Address {
  const [, six, four, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = six ?? four ?? '';
  const number = Number(port);
  if (isIP(address) !== 0 && number >= 1 && number <= 65535) return { address, port: number };
  throw new Failure(
    'usage',
    `--to "${text}" is not an address with a port.`,
    'For example: --to 198.18.100.3:9080.',
  );
}

/** Where a connection to the URL goes to. Throws Failure `not-found` with the addresses that there are. */
function addressOf(url: URL, { model }: OfflineGeneration): Address {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || 80);
  if (isIP(host) !== 0) return { address: host, port };
  const listeners = [...model.listeners.values()].filter(({ addresses }) =>
    addresses.some((one) => one.port === port),
  );
  const http = listeners.filter((one): one is HttpListener => one.kind === 'http');
  const byDomain = http.filter(({ routeConfiguration }) =>
    model.routeConfigurations
      .get(routeConfiguration)
      ?.virtualHosts.some(({ domains }) => domains.some(({ value }) => value === host || value === url.host)),
  );
  const found =
    listeners.find(({ name }) => name === host) ??
    (byDomain.length === 1 ? byDomain[0] : listeners.length === 1 ? listeners[0] : undefined);
  const address = found?.addresses.find((one) => one.port === port);
  if (address !== undefined) return { address: address.ip === '::' ? '127.0.0.1' : address.ip, port };
  const known = [...model.listeners.values()].flatMap(({ name, addresses }) =>
    addresses.map(({ ip, port: at }) => `${formatAddress(ip, at)} (${name})`),
  );
  throw new Failure(
    'not-found',
    `It is not clear which listener a connection to ${url.host} goes to${listeners.length === 0 ? `: none has port ${port}` : ''}.`,
    `Say it with --to ADDRESS:PORT. Addresses in the file: ${known.slice(0, 8).join(', ') || 'none'}${known.length > 8 ? ', …' : ''}.`,
  );
}
