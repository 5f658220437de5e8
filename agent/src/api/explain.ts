/** Answers "where would this request go?" with the words of the configuration in force. */
import type { ExplainRequest, Explanation as Answer, ExplainStep } from '@onehop/core/api/agent.generated.js';
import type { Allocation } from '@onehop/core/compile/allocate.js';
import { memberCount } from '@onehop/core/compile/clusterRows.js';
import { nameIds } from '@onehop/core/decision/name.js';
import { explainSteps, type ExplainedStep } from '@onehop/core/decision/steps.js';
import type { Explanation } from '@onehop/core/router/explanation.js';
import {
  explainRequest,
  hostStripOf,
  type ExplainingRouter,
  type ModelInForce,
  type OpaqueStep,
} from '@onehop/core/router/fullRouter.js';
import type { RoutingModel } from '@onehop/core/routing/model.js';
import { sourceRow } from '@onehop/core/routing/rows.js';
import { canonicalIp, formatAddress, parseIp } from '@onehop/core/wire/ip.js';
import { reasonId, reasonText } from '@onehop/core/wire/reasons.js';
import { oh_path } from '@onehop/core/wire/wire.generated.js';
import type { Explainer } from '../datapath/explainer.js';
import { HeadScanner } from '../relay/headScanner.js';
import { refusalReply } from '../relay/localReply.js';
import { readRequestHead, type RequestFault } from '../relay/requestHead.js';
import { routerView } from '../relay/routerView.js';
import { headOf, partsOf } from './askedHead.js';
import { invalid } from './errors.js';
import { mapReads, type ReadSources } from './mapReads.js';

export interface ExplainParts {
  readonly explainer: Pick<Explainer, 'explain' | 'headMax'>;
  /** The relay's. */
  readonly router: ExplainingRouter;
  /** What its ids stand for. */
  readonly inForce: () => ModelInForce | undefined;
  /** In force; undefined before the first configuration. */
  readonly configuration: () => { readonly model: RoutingModel; readonly allocation: Allocation } | undefined;
  readonly reads: ReadSources;
  /** Whether every request takes the relay. */
  readonly forced: () => boolean;
}

/** Throws ApiError INVALID_ARGUMENT. */
export function explain(parts: ExplainParts, question: ExplainRequest): Answer {
  const address = canonicalIp(question.address);
  const ip = address === undefined ? undefined : parseIp(address);
  if (address === undefined || ip === undefined) throw invalid(`"${question.address}" is not an IP address.`);
  const { port } = question;
  if (port < 1 || port > 65535) throw invalid(`${port} is not a port: give one from 1 to 65535.`);
  const head = headOf(question);
  const scanner = new HeadScanner();
  scanner.reset('request');
  if (!scanner.scan(head, 0, head.length))
    throw invalid('The request head has no end: an empty line ends it.');

  const where = formatAddress(address, port);
  const configuration = parts.configuration();
  if (configuration === undefined)
    return { ...noAnswer, steps: [untouched(where)], reason: 'no configuration has arrived yet' };
  const decided = decide(parts, ip, port, head, scanner);
  const { explanation, opaque } = decided;
  const { decision, stopped } = explanation;
  const given = partsOf(scanner, head);
  const request = { ...given, host: decided.host ?? given.host };
  const asked = { explanation, opaque, ...configuration, address: where, request };
  const steps =
    decided.fault === undefined ? explainSteps(asked) : faultSteps(explainSteps(asked), decided.fault);
  const { allocation } = configuration;
  const cluster = allocation.entities.cluster.at(decision.cluster, decision.gen);
  const group = cluster && allocation.groupOf(cluster, decision.group);
  return {
    ...noAnswer,
    ...outcome(decided, parts.forced()),
    ...nameIds(configuration.allocation, {
      generation: decision.gen,
      listener: decision.listener,
      virtualHost: decision.vhost,
      route: decision.route,
      cluster: decision.cluster,
      endpoint: decision.endpoint,
    }),
    steps: steps.map(stepMessage),
    refused: reasonText(decided.refused),
    draw: drawOf(configuration.allocation, explanation),
    turn: decision.turn,
    endpoints: stopped === 0 && group !== undefined ? memberCount(group) : 0,
    generation: decision.gen,
    source: decided.source,
    reads: mapReads(parts.reads, { explanation, ip, port, request, source: decided.source }),
  };
}

interface Decided {
  readonly explanation: Explanation;
  /** What the relay checked on the way. */
  readonly opaque: readonly OpaqueStep[];
  /** enum oh_reason: why the kernel path would not carry the head */
  readonly refused: number;
  readonly source: 'kernel' | 'relay';
  /** What the listener made of the Host; absent: it is as it was sent. */
  readonly host?: string;
  /** The relay turns the head away before it is routed. */
  readonly fault?: RequestFault;
}

/** The loaded program's decision; of a head that it would not carry, the relay's. */
function decide(
  parts: ExplainParts,
  ip: Uint8Array,
  port: number,
  head: Uint8Array,
  scanner: HeadScanner,
): Decided {
  const { explainer, router } = parts;
  const fits = head.length <= explainer.headMax;
  const explanation = fits ? explainer.explain(ip, port, head) : router.explain(ip, port, head);
  const refused = fits ? explanation.refused : reasonId('head-too-long');
  // Of a TCP listener, or none, the head does not matter.
  if (explanation.decision.rconf === 0 && explanation.stopped !== explanation.refused)
    return { explanation, opaque: [], refused: 0, source: 'kernel' };
  const { stopped, decision } = explanation;
  // What the relay checks, chooses or changes before it decides.
  const isOpen =
    stopped === matchRelay ||
    stopped === clusterHeader ||
    decision.reason === routeChanges ||
    hostStripOf(parts.inForce(), decision.listener) !== undefined;
  if (refused === 0 && !isOpen) return { explanation, opaque: [], refused, source: 'kernel' };
  const read = readRequestHead(scanner, head, 0);
  if ('status' in read) {
    const fault = { explanation: undecided(explanation), fault: read } as const;
    return { ...fault, opaque: [], refused, source: 'relay' };
  }
  const view = routerView(scanner, head, 0, read);
  const full = explainRequest(router, parts.inForce(), { ip, port, head: view });
  const { explanation: whole, opaque, host } = full;
  const why = stopped === matchRelay ? matchRelay : 0;
  const told = { explanation: whole, opaque, refused: refused || why, source: 'relay' } as const;
  return host === undefined ? told : { ...told, host };
}

/** Only the listener is known of a head that is turned away. */
function undecided(explanation: Explanation): Explanation {
  const { gen, listener } = explanation.decision;
  const nothing = { rconf: 0, vhost: 0, route: 0, cluster: 0, endpoint: 0, path: 0, reason: 0 };
  return {
    ...explanation,
    decision: { gen, listener, ...nothing, status: 0, draw: 0, turn: 0, group: 0, level: 0, hash: 0n },
    stopped: 0,
    steps: [],
    stepCount: 0,
  };
}

function faultSteps(steps: readonly ExplainedStep[], fault: RequestFault): (ExplainedStep | RequestStep)[] {
  return [...steps.slice(0, 1), { kind: 'request', name: '', ok: false, detail: fault.detail }];
}

interface RequestStep extends Omit<ExplainedStep, 'kind'> {
  readonly kind: 'request';
}

/** The path that the request takes and why, and who answers. */
function outcome(
  { explanation, refused, fault }: Decided,
  forced: boolean,
): Pick<Answer, 'path' | 'reason' | 'status'> {
  const { decision, stopped } = explanation;
  if (decision.listener === 0) return { path: '', reason: reasonText(reasonId('no-listener')), status: 0 };
  if (fault !== undefined)
    return {
      path: 'relay',
      reason: `${reasonText(reasonId('head-bad'))}: ${fault.detail}`,
      status: fault.status,
    };
  if (decision.path === oh_path.PATH_DIRECT)
    return { path: 'direct', reason: reasonText(decision.reason), status: 0 };
  if (stopped !== 0)
    return {
      path: 'relay',
      reason: reasonText(stopped),
      status: decision.status || refusalReply(stopped).status,
    };
  const reason = (forced ? reasonId('forced') : refused) || decision.reason;
  const path = reason === 0 && decision.path === oh_path.PATH_KERNEL ? 'kernel' : 'relay';
  return { path, reason: reasonText(reason), status: 0 };
}

/** Undefined of a single cluster: there is nothing to draw. */
function drawOf({ entities }: Allocation, { decision }: Explanation): Answer['draw'] {
  const { gen, route, listener, cluster, draw } = decision;
  const split = (entities.route.at(route, gen) ?? entities.listener.at(listener, gen))?.row.split;
  if (split === undefined || split.shares.length < 2 || cluster === 0) return null;
  const at = split.shares.findIndex(({ upto }) => draw < upto);
  const weight = (split.shares[at]?.upto ?? 0) - (split.shares[at - 1]?.upto ?? 0);
  return { draw, total: split.total, weight };
}

const matchRelay = reasonId('match-relay');
const clusterHeader = reasonId('cluster-header');
const routeChanges = reasonId('route-changes');

const noAnswer: Answer = {
  steps: [],
  path: '',
  reason: '',
  refused: '',
  status: 0,
  listener: '',
  virtualHost: '',
  route: '',
  cluster: '',
  endpoint: '',
  draw: null,
  turn: 0,
  endpoints: 0,
  generation: 0,
  source: 'kernel',
  reads: [],
};

function untouched(name: string): ExplainStep {
  return { kind: 'connect', name, ok: false, detail: 'no listener has it', source: null };
}

function stepMessage({ kind, name, ok, detail, source }: ExplainedStep | RequestStep): ExplainStep {
  return { kind, name, ok, detail, source: source === undefined ? null : sourceRow(source) };
}
