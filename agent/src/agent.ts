import { modelInForce } from '@onehop/core/router/modelInForce.js';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { codecOf } from '@onehop/core/btf/codec.js';
import { nameIds, type DecisionIds, type DecisionNames } from '@onehop/core/decision/name.js';
import { Viewer } from '@onehop/core/maps/view.js';
import { WasmRouter } from '@onehop/core/router/wasmRouter.js';
import { routeRows } from '@onehop/core/routing/rows.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import type { AnyMap } from 'libbpf-ts/map.js';
import { explain } from './api/explain.js';
import { createHandlers } from './api/handlers.js';
import { MapReader } from './api/maps.js';
import { createNotes } from '@onehop/core/decision/entryNotes.js';
import { ApiServer } from './api/server.js';
import { Applier, type Applied } from './apply/applier.js';
import { Busy } from './busy.js';
import { capacity, mapSizes, openFilesLimit } from './capacity.js';
import { Datapath } from './datapath/datapath.js';
import { Explainer } from './datapath/explainer.js';
import { DatapathWriter } from './datapath/mapWriter.js';
import type { ModelInForce } from '@onehop/core/router/fullRouter.js';
import { RelayRouter } from './datapath/relayRouter.js';
import { MonotonicClock } from './events/clock.js';
import { describeRelayEvent, type Words } from './events/describe.js';
import { EventHub } from './events/hub.js';
import { KernelEvents } from './events/kernelEvents.js';
import type { Log } from './log/logger.js';
import { Metrics } from './metrics/counters.js';
import type { Options } from './options.js';
import { poolDefaults, Pools } from './pool/pools.js';
import { mustRun, type Probe } from './probe/probe.js';
import { Relay } from './relay/relay.js';
import { StatusBoard, version } from './status.js';
import { XdsClient } from './xds/client.js';

/** Everything of an agent, in the order in which it was started. Closed in the reverse order. */
export interface Agent {
  /** Resolves when nothing of it is left. */
  close(): Promise<void>;
}

/**
 * Starts all parts and resolves when the API and the datapath are up; the configuration comes later.
 * Rejects with what the part that failed says (it has `message` and mostly `hint`); nothing stays behind.
 */
export async function startAgent(options: Options, probe: Probe, log: Log): Promise<Agent> {
  mustRun(probe);
  const closing: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let part = closing.pop(); part !== undefined; part = closing.pop()) await part();
  };
  try {
    await start(options, probe, log, (part) => closing.push(part));
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

type OnClose = (part: () => void | Promise<void>) => void;

async function start(options: Options, probe: Probe, log: Log, onClose: OnClose): Promise<void> {
  const { clients, warm, idle, warning } = capacity(options.connections, openFilesLimit());
  if (warning !== '') log.root.warn(warning);
  const clock = new MonotonicClock();
  const { object: path, cgroup, anchorPort, workloads, agents } = options;
  const datapath = Datapath.open({
    object: path,
    cgroup,
    anchorPort,
    workloads,
    agents,
    clock,
    mapSizes: mapSizes(clients),
  });
  onClose(() => datapath.close());
  const { object } = datapath;
  const router = await WasmRouter.load(
    readFileSync(options.router),
    object.btf,
    randomBytes(8).readBigUInt64LE(),
  );
  const { grace } = datapath;
  onClose(() => grace.close());

  const pools = new Pools(datapath.pools, { ...poolDefaults, total: warm, relayIdle: idle });
  onClose(() => pools.close());
  const applied = ({ pools: { added, removed } }: Applied): void => {
    const now = added.map(({ id, ip, port }) => ({ id, address: ip, port }));
    const gone = removed.map(({ id }) => id);
    if (now.length + gone.length > 0) pools.change(gone, now);
    board.changed();
  };
  const busy = new Busy({
    conn: object.map('oh_conn') as unknown as AnyMap,
    up: object.map('oh_up') as unknown as AnyMap,
    pools: () => pools.counters(),
  });
  const applier = new Applier({
    writer: new DatapathWriter(object, router, grace),
    codec: structCodec(object.btf),
    log: log.root.child({ part: 'apply' }),
    onApplied: applied,
    busy: () => busy.ids(),
  });
  onClose(() => applier.close());

  const workload = (id: number): string => datapath.workload(id)?.name ?? '';
  const words: Words = { namer: { names: (ids) => namesOf(applier, ids) }, clock, workload };
  const metrics = new Metrics({
    maps: {
      reasons: object.map('oh_reason_n'),
      listeners: object.map('oh_listener_n'),
      routes: object.map('oh_route_n'),
      clusters: object.map('oh_cluster_n'),
      poolStat: object.map('oh_pool_stat'),
    },
    allocation: () => applier.allocation,
    relay: () => relay.counters(),
    pools: () => pools.counters(),
  });
  const hub = new EventHub(options.node, (watched) => {
    if (watched) kernelEvents.start();
    else kernelEvents.stop();
    datapath.setEvents(watched);
  });
  const kernelEvents = new KernelEvents({
    hub,
    codec: codecOf(object.btf, eventType(object)),
    words,
    lost: () => metrics.lostEvents(),
  });
  onClose(() => kernelEvents.close());
  datapath.onEvents((records) => kernelEvents.take(records));

  const relay = await Relay.listen({
    kernel: datapath.conns,
    router: new RelayRouter(router, () => inForceOf(applier)),
    pools,
    events: {
      get watched() {
        return hub.watched;
      },
      emit: (event) => hub.emit(describeRelayEvent(event, words)),
    },
    port: anchorPort,
    most: clients,
    onError: (error) => log.root.child({ part: 'relay' }).warn(error.message),
  });
  onClose(() => relay.close());
  datapath.onControl(relay);

  const xds = new XdsClient({
    address: options.controlPlane,
    node: options.identity,
    protocol: options.xds,
    security: options.security,
    onUpdate: (set) => applier.apply(set),
    log: log.root.child({ part: 'xds' }),
    version,
  });
  onClose(() => xds.close());
  const board = new StatusBoard({
    options,
    probe,
    datapath,
    configuration: {
      get generation() {
        return applier.generation;
      },
      controlPlane: () => xds.controlPlane(),
      resources: () => xds.resources(),
    },
  });
  onClose(() => board.close());
  xds.onChange(() => board.changed());

  const note = createNotes({ allocation: () => applier.allocation, workload });
  const asked = {
    explainer: new Explainer(object),
    router,
    inForce: () => inForceOf(applier),
    configuration: () => {
      const { model, allocation } = applier;
      return allocation === undefined ? undefined : { model, allocation };
    },
    reads: { maps: object.maps, viewer: new Viewer(object.btf), note },
    forced: () => datapath.knobs().forceRelay,
  };
  const api = await ApiServer.listen(
    options.socket,
    createHandlers({
      status: () => board.status(),
      onStatus: (listener) => board.onChange(listener),
      nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1e3),
      routes: () => ({
        generation: applier.generation,
        rows: routeRows(applier.model, (kind, key) => metrics.hits(kind, key)),
      }),
      counters: () => metrics.counters(),
      maps: new MapReader(object.maps, object.btf, note),
      explain: (request) => explain(asked, request),
      hub,
      datapath,
      workloads,
      log,
    }),
    log.root.child({ part: 'api' }),
  );
  onClose(() => api.close());
  onClose(() => board.become('stopping'));
  board.become('ready');
  xds.start();
}

function namesOf({ allocation }: Applier, ids: DecisionIds): DecisionNames {
  if (allocation !== undefined) return nameIds(allocation, ids);
  return { listener: '', virtualHost: '', route: '', cluster: '', endpoint: '' };
}

function inForceOf({ model, allocation }: Applier): ModelInForce | undefined {
  return allocation && modelInForce(model, allocation);
}

function eventType(object: Datapath['object']): number {
  const type = object.btf.find('oh_event', 'struct');
  if (type === undefined)
    throw new Error('The datapath object has no struct oh_event: build it anew with npm run build.');
  return type.id;
}
