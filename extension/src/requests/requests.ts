import * as vscode from 'vscode';
import type { ExplainStep, Explanation } from '@onehop/core/api/agent.generated.js';
import type { RequestResult } from '@onehop/lab/cli/request/result.js';
import type { Links } from '../agent/links.js';
import type { Configuration } from '../config/configuration.js';
import { CliError, askCli } from '../lab/cli.js';
import type { LabDriver } from '../lab/labDriver.js';
import type { Store } from '../store/store.js';
import { stepsOf } from './decision.js';
import { parseHeaders, type RequestDraft, type ResultView, type StepView } from './requestModel.js';
import { translated, translatedWords } from '../translation/translated.js';

export interface RequestParts {
  readonly store: Store;
  readonly links: Links;
  readonly driver: LabDriver;
  readonly configuration: Configuration;
}

/** Sends the request from its workload. Throws CliError and AgentError. */
export async function sendRequest(
  draft: RequestDraft,
  parts: RequestParts,
  signal: AbortSignal,
): Promise<ResultView> {
  const { lab } = parts.store.state.lab;
  const flags = checkedHeaders(draft).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const body = draft.body === '' ? [] : ['-d', draft.body];
  const words = ['request', draft.method, draft.url, '--from', draft.from, ...flags, ...body, '--lab', lab];
  // Asked first: what is in force may change by the time of the answer, and then the steps do not fit and are left out.
  const explanation = await explain(draft, parts).catch(() => undefined);
  const result = (await askCli(parts.driver.cli(), words, undefined, signal)) as RequestResult;
  return {
    kind: 'sent',
    draft,
    at: Date.now(),
    path: result.path ?? '',
    reason: translated(result.path === null ? (result.decisionMissing ?? '') : (result.reason ?? '')),
    status: result.status,
    durationUs: result.durationUs ?? result.clientDurationUs,
    steps: await placed(stepsOf(result, explanation), parts.configuration),
    headers: Object.entries(result.headers),
    body:
      result.bodyEncoding === 'utf8'
        ? result.body
        : vscode.l10n.t('{0} bytes that are no text', result.bodyBytes),
    bodyBytes: result.bodyBytes,
  };
}

/** Asks the loaded datapath where the request would go; nothing is sent. Throws CliError and AgentError. */
export async function askRequest(draft: RequestDraft, parts: RequestParts): Promise<ResultView> {
  const answer = await explain(draft, parts);
  return {
    kind: 'asked',
    draft,
    at: Date.now(),
    path: answer.path,
    reason: translated(answer.reason || answer.refused),
    status: answer.status,
    durationUs: null,
    steps: await placed(answer.steps, parts.configuration),
    headers: [],
    body: '',
    bodyBytes: 0,
  };
}

async function explain(draft: RequestDraft, { store, links }: RequestParts): Promise<Explanation> {
  const { topology } = store.state.lab;
  const node = topology?.workloads.find(({ name }) => name === draft.from)?.node;
  const agent = node === undefined ? undefined : links.agent(node);
  if (topology === undefined || agent === undefined)
    throw new CliError(
      'no-lab',
      vscode.l10n.t('No agent answers for the workload {0}.', draft.from),
      vscode.l10n.t('Start the lab, or choose another workload.'),
    );
  const [{ allHeaders }, { destinationOf }] = await Promise.all([
    import('@onehop/lab/traffic/headers.js'),
    import('@onehop/lab/cli/request/resolve.js'),
  ]);
  const url = urlOf(draft);
  const body = draft.body === '' ? undefined : new TextEncoder().encode(draft.body);
  const headers = allHeaders({ url, method: draft.method, headers: checkedHeaders(draft), body });
  return agent.explain({
    ...destinationOf(topology, url, false),
    head: new Uint8Array(),
    method: draft.method,
    target: `${url.pathname}${url.search}`,
    headers: headers.map(([name, value]) => ({ name, value })),
  });
}

function urlOf({ url }: RequestDraft): URL {
  if (URL.canParse(url) && new URL(url).protocol === 'http:') return new URL(url);
  throw new CliError(
    'usage',
    vscode.l10n.t('"{0}" is not an http URL.', url),
    vscode.l10n.t('For example: http://reviews:9080/reviews/1'),
  );
}

function checkedHeaders({ headers }: RequestDraft): readonly (readonly [string, string])[] {
  const parsed = parseHeaders(headers);
  if ('headers' in parsed) return parsed.headers;
  throw new CliError(
    'usage',
    vscode.l10n.t('Line {0} of the headers is not a header.', parsed.badLine),
    vscode.l10n.t('Write one a line: end-user: jason'),
  );
}

/** Steps in the language of the window, with the line of the file behind each. */
function placed(steps: readonly ExplainStep[], configuration: Configuration): Promise<StepView[]> {
  return Promise.all(
    steps.map(async ({ source, kind, detail, ...said }) => {
      const step = {
        ...said,
        kind: translatedWords(kind.replaceAll('-', ' ')),
        detail: translatedWords(detail),
      };
      if (source === null) return { ...step, source };
      const at = await configuration.locateField(source.typeUrl, source.resource, source.field);
      const file = at?.uri.path.slice(at.uri.path.lastIndexOf('/') + 1);
      return {
        ...step,
        source: { ...source, place: at === undefined ? '' : `${file}:${at.range.start.line + 1}` },
      };
    }),
  );
}
