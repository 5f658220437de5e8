import { isIP } from 'node:net';
import type {
  Counters,
  Event,
  ExplainRequest,
  Explanation,
  Knobs,
  MapDump,
  Routes,
  Status,
  Traffic,
} from '@onehop/core/api/agent.generated.js';
import type { EventHub } from '../events/hub.js';
import { TrafficSums } from '../events/traffic.js';
import type { Log } from '../log/logger.js';
import { isLogLevel, logLevels, type WorkloadOption } from '../options.js';
import type { DatapathPart } from '../parts.js';
import { invalid, notFound } from './errors.js';
import type { MapReader } from './maps.js';
import type { ApiHandlers, Push } from './server.js';

/** What the API tells of, as functions of the moment. */
export interface ApiParts {
  readonly status: () => Status;
  /** Calls back after every change of the status, until the function returned is called. */
  readonly onStatus: (listener: () => void) => () => void;
  readonly routes: () => Routes;
  /** Microseconds since the Unix epoch. */
  readonly nowUs: () => number;
  readonly counters: () => Counters;
  readonly maps: MapReader;
  /** Where a request would go. Throws ApiError. */
  readonly explain: (request: ExplainRequest) => Explanation;
  readonly hub: EventHub;
  readonly datapath: Pick<DatapathPart, 'knobs' | 'setKnobs' | 'trace'>;
  readonly workloads: readonly WorkloadOption[];
  readonly log: Log;
}

/** The API of an agent over its parts. */
export function createHandlers(parts: ApiParts): ApiHandlers {
  const { maps, hub, datapath, workloads, log } = parts;
  return {
    GetStatus: () => parts.status(),
    WatchStatus: (_request, push) => {
      push.send(parts.status());
      return parts.onStatus(() => push.send(parts.status()));
    },
    GetRoutes: () => parts.routes(),
    WatchRoutes: ({ intervalMs }, push) => watchRoutes(parts, interval(intervalMs), push),
    ListMaps: () => ({ maps: maps.list() }),
    DumpMap: ({ name }) => maps.dump(name),
    WatchMap: ({ name, intervalMs }, push) => {
      maps.mustHave(name);
      return watchMap(maps, name, interval(intervalMs), push);
    },
    Explain: (request) => parts.explain(request),
    WatchEvents: (request, push) => {
      for (const name of request.workloads) mustRunHere(workloads, name);
      return watchEvents(hub, request.workloads, push);
    },
    WatchTraffic: ({ intervalMs }, push) => watchTraffic(parts, interval(intervalMs), push),
    GetCounters: () => parts.counters(),
    TraceSocket: ({ address, port }) => {
      if (isIP(address) === 0) throw invalid(`"${address}" is not an IP address.`);
      if (port < 1 || port > 65535) throw invalid(`${port} is not a port: give one from 1 to 65535.`);
      const cookie = datapath.trace(address, port);
      if (cookie === undefined)
        throw notFound(`No mesh connection has the local address ${address} port ${port} on this node.`);
      return { cookie: cookie.toString() };
    },
    GetKnobs: () => datapath.knobs(),
    SetKnobs: (knobs) => {
      datapath.setKnobs(checkKnobs(knobs));
      log.root.info({ knobs }, 'knobs set');
      return datapath.knobs();
    },
    SetLogLevel: ({ level }) => {
      if (!isLogLevel(level)) throw invalid(`"${level}" is no log level: one of ${logLevels.join(', ')}.`);
      log.setLevel(level);
      log.root.info({ level }, 'log level set');
      return { level };
    },
  };
}

function mustRunHere(workloads: readonly WorkloadOption[], name: string): void {
  if (workloads.some((workload) => workload.name === name)) return;
  const names = workloads.map((workload) => workload.name).join(', ');
  throw notFound(`No workload "${name}" runs on this node. Workloads: ${names === '' ? 'none' : names}.`);
}

const shortestIntervalMs = 100;
const longestIntervalMs = 3_600_000;

/** 0 is "not said": a second. */
function interval(ms: number): number {
  if (ms === 0) return 1_000;
  if (ms >= shortestIntervalMs && ms <= longestIntervalMs) return ms;
  throw invalid(`interval_ms ${ms} is out of range: ${shortestIntervalMs} to ${longestIntervalMs}.`);
}

function checkKnobs(knobs: Knobs): Knobs {
  if (knobs.sampleEvery === 0) throw invalid('sample_every must be 1 (every request) or more.');
  return knobs;
}

/** The whole map, then again after every look that found it changed. */
function watchMap(maps: MapReader, name: string, everyMs: number, push: Push<MapDump>): () => void {
  let last: string | undefined;
  let busy = false;
  let full = false;
  const look = async (): Promise<void> => {
    if (busy || full) return;
    busy = true;
    try {
      const dump = await maps.dump(name);
      const text = JSON.stringify(dump.entries);
      if (text !== last) full = !push.send(dump);
      last = text;
    } catch (error) {
      clearInterval(timer);
      push.fail(error);
    } finally {
      busy = false;
    }
  };
  push.onDrain(() => (full = false));
  const timer = setInterval(() => void look(), everyMs);
  void look();
  return () => clearInterval(timer);
}

/** The routes now, after every change of the status (a new generation is one) and when a counter has moved. */
function watchRoutes(parts: ApiParts, everyMs: number, push: Push<Routes>): () => void {
  let last: string | undefined;
  let full = false;
  const look = (): void => {
    if (full) return;
    const routes = parts.routes();
    const text = JSON.stringify(routes);
    if (text !== last) full = !push.send(routes);
    last = text;
  };
  push.onDrain(() => (full = false));
  const timer = setInterval(look, everyMs);
  const stop = parts.onStatus(look);
  look();
  return () => {
    clearInterval(timer);
    stop();
  };
}

/** Events, summed up an interval at a time. Who reads too slowly gets longer intervals, and loses nothing. */
function watchTraffic({ hub, nowUs }: ApiParts, everyMs: number, push: Push<Traffic>): () => void {
  const sums = new TrafficSums(nowUs());
  let full = false;
  const subscriber = hub.subscribe([], (event) => {
    sums.add(event);
    return true;
  });
  push.onDrain(() => (full = false));
  const timer = setInterval(() => {
    if (!full) full = !push.send(sums.take(nowUs()));
  }, everyMs);
  return () => {
    clearInterval(timer);
    subscriber.close();
  };
}

function watchEvents(hub: EventHub, workloads: readonly string[], push: Push<Event>): () => void {
  const subscriber = hub.subscribe(workloads, (event) => push.send(event));
  push.onDrain(() => subscriber.resume());
  return () => subscriber.close();
}
