import { formatAddress, formatIp } from '@onehop/core/wire/ip.js';
import { reasonText } from '@onehop/core/wire/reasons.js';
import { limits, oh_event_type, oh_path } from '@onehop/core/wire/wire.generated.js';
import type { OhEvent } from '../datapath/entries.js';
import type { AgentEvent, Clock, Namer } from '../parts.js';
import type { RelayEvent } from '../relay/relayEvents.js';

/** What turns numbers into words. */
export interface Words {
  readonly namer: Namer;
  readonly clock: Clock;
  /** Name of a workload by its id; "" for an unknown one. */
  readonly workload: (id: number) => string;
}

const types: Readonly<Record<number, string>> = {
  [oh_event_type.EV_OPEN]: 'open',
  [oh_event_type.EV_CLOSE]: 'close',
  [oh_event_type.EV_REQUEST]: 'request',
};

const paths: Readonly<Record<number, string>> = {
  [oh_path.PATH_NONE]: '',
  [oh_path.PATH_DIRECT]: 'direct',
  [oh_path.PATH_KERNEL]: 'kernel',
  [oh_path.PATH_RELAY]: 'relay',
};

/** An event of the ring oh_events as the API tells it. */
export function describeKernelEvent(event: OhEvent, { namer, clock, workload }: Words): AgentEvent {
  const { d } = event;
  const since = (ns: bigint): number => (ns > event.start ? Number(ns - event.start) / 1e3 : 0);
  return {
    type: types[event.type] ?? `type ${event.type}`,
    cookie: event.cookie.toString(),
    seq: event.seq,
    workload: workload(event.workload),
    client: formatAddress(formatIp(event.client_ip.b), event.client_port),
    destination: formatAddress(formatIp(event.vip.b), event.vip_port),
    ...namer.names({
      generation: d.gen,
      listener: d.listener,
      virtualHost: d.vhost,
      route: d.route,
      cluster: d.cluster,
      endpoint: d.endpoint,
    }),
    path: paths[d.path] ?? `path ${d.path}`,
    reason: reasonText(d.reason),
    method: event.method,
    host: event.host,
    target: event.target,
    status: event.status,
    requestBytes: Number(event.req_bytes),
    responseBytes: Number(event.resp_bytes),
    startUs: clock.unixUs(event.start),
    firstByteUs: since(event.first),
    durationUs: since(event.end),
    generation: d.gen,
    source: 'kernel',
    sameNode: (event.flags & limits.EVF_SAME_NODE) !== 0,
  };
}

/** What the relay reports of a request, as the API tells it. */
export function describeRelayEvent(event: RelayEvent, { namer }: Words): AgentEvent {
  const { decision, detail, reason, cookie, ...told } = event;
  return {
    ...told,
    type: 'request',
    cookie: cookie.toString(),
    ...namer.names(decision),
    path: 'relay',
    reason: [reasonText(reason), detail].filter((text) => text !== '').join(': '),
    generation: decision.generation,
    source: 'relay',
    sameNode: false,
  };
}
