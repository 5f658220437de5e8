/** The comments of Envoy's protos as Markdown. */
import { docsOf, memberDocsOf } from '../envoy/docs.js';

/** A message or enum, or one of its members by its proto name. */
export interface DocsOf {
  readonly type: string;
  readonly member?: string;
}

/** undefined: the protos say nothing about it. */
export function docsMarkdown({ type, member }: DocsOf): string | undefined {
  const text = member === undefined ? docsOf(type) : memberDocsOf(type, member);
  return text === undefined ? undefined : markdownOfRst(text);
}

/** Envoy's own reference of a message. */
export function referenceLink(messageName: string): string | undefined {
  const found = /^(envoy\.[a-z0-9_.]+)\.([A-Z].*)$/.exec(messageName);
  const file = FILES[messageName.replace(/(\.v\d+\w*\.[A-Z]\w*).*$/, '$1')];
  if (found === null || file === undefined) return undefined;
  const anchor = `envoy-v3-api-msg-${messageName
    .replace(/^envoy\./, '')
    .replace(/\.v3\./, '-v3-')
    .replaceAll('.', '-')
    .toLowerCase()}`;
  return `https://www.envoyproxy.io/docs/envoy/latest/api-v3/${file}#${anchor.replaceAll('_', '-')}`;
}

/** Pages of the messages that configurations begin with. */
const FILES: Readonly<Record<string, string>> = {
  'envoy.config.listener.v3.Listener': 'config/listener/v3/listener.proto',
  'envoy.config.listener.v3.FilterChain': 'config/listener/v3/listener_components.proto',
  'envoy.config.listener.v3.Filter': 'config/listener/v3/listener_components.proto',
  'envoy.config.route.v3.RouteConfiguration': 'config/route/v3/route.proto',
  'envoy.config.route.v3.VirtualHost': 'config/route/v3/route_components.proto',
  'envoy.config.route.v3.Route': 'config/route/v3/route_components.proto',
  'envoy.config.route.v3.RouteMatch': 'config/route/v3/route_components.proto',
  'envoy.config.route.v3.RouteAction': 'config/route/v3/route_components.proto',
  'envoy.config.route.v3.WeightedCluster': 'config/route/v3/route_components.proto',
  'envoy.config.route.v3.HeaderMatcher': 'config/route/v3/route_components.proto',
  'envoy.config.route.v3.DirectResponseAction': 'config/route/v3/route_components.proto',
  'envoy.config.route.v3.RedirectAction': 'config/route/v3/route_components.proto',
  'envoy.config.cluster.v3.Cluster': 'config/cluster/v3/cluster.proto',
  'envoy.config.endpoint.v3.ClusterLoadAssignment': 'config/endpoint/v3/endpoint.proto',
  'envoy.config.endpoint.v3.LbEndpoint': 'config/endpoint/v3/endpoint_components.proto',
  'envoy.config.endpoint.v3.LocalityLbEndpoints': 'config/endpoint/v3/endpoint_components.proto',
  'envoy.config.core.v3.Address': 'config/core/v3/address.proto',
  'envoy.config.core.v3.SocketAddress': 'config/core/v3/address.proto',
  'envoy.config.bootstrap.v3.Bootstrap': 'config/bootstrap/v3/bootstrap.proto',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager':
    'extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto',
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy':
    'extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto',
  'envoy.extensions.filters.http.router.v3.Router': 'extensions/filters/http/router/v3/router.proto',
  'envoy.extensions.filters.http.fault.v3.HTTPFault': 'extensions/filters/http/fault/v3/fault.proto',
};

/** The part of reStructuredText that the comments use. */
export function markdownOfRst(text: string): string {
  const lines = inline(text)
    .replace(/^\s*\[#(?:not-implemented|next-free|extension|comment|protodoc)[^\]]*\]/gm, '')
    .split('\n');
  const out: string[] = [];
  let code: number | undefined;
  for (const line of lines) {
    const indent = line.search(/\S/);
    if (code !== undefined && indent >= 0 && indent <= code) {
      out.push('```');
      code = undefined;
    }
    const block = /^(\s*)\.\. code-block:: *(\w*)/.exec(line);
    const note = /^\s*\.\. (attention|warning|note|tip|important)::?\s*(.*)$/i.exec(line);
    if (block !== null) {
      out.push(`\`\`\`${block[2] ?? ''}`);
      code = (block[1] ?? '').length;
    } else if (code !== undefined) {
      if (line.trim() !== '' || out.at(-1)?.startsWith('```') === false) out.push(line);
    } else if (note !== null)
      out.push(
        '',
        `**${(note[1] ?? '').replace(/^./, (letter) => letter.toUpperCase())}:** ${note[2] ?? ''}`,
      );
    else if (!/^\s*\.\. (?:_|csv-table|list-table|validate|code)/.test(line)) out.push(line.trimStart());
  }
  if (code !== undefined) out.push('```');
  return out
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Roles and links may go over the end of a line. */
function inline(text: string): string {
  const oneLine = (words: string): string => words.replace(/\s+/g, ' ').trim();
  return text
    .replace(/:[a-z]+:`([^`<]*?)\s*<[^`>]*>`/g, (_, words: string) => `*${oneLine(words)}*`)
    .replace(/:[a-z]+:`([^`]*)`/g, (_, words: string) => `*${oneLine(words)}*`)
    .replace(
      /`([^`<]+?)\s*<(https?:[^`>]*)>`__?/g,
      (_, words: string, url: string) => `[${oneLine(words)}](${url})`,
    )
    .replace(/``([^`]*)``/g, '`$1`');
}
