import type { Event, Flow, Traffic, TrafficRow } from '@onehop/core/api/agent.generated.js';

/** Flows that one interval tells. */
const flowMax = 200;
/** Different requests that one interval tells apart; a scan of random paths must not fill the memory. */
const flowKeep = 4_096;
/** Durations kept of a row; beyond it every further one replaces one that is kept. */
const durationsKept = 1_024;

/** Sums up the events of one interval after the other. Times are microseconds since the Unix epoch. */
export class TrafficSums {
  #startUs: number;
  #rows = new Map<string, Row>();
  #flows = new Map<string, CountedFlow>();
  #others = 0;
  #lost = 0;

  constructor(nowUs: number) {
    this.#startUs = nowUs;
  }

  add(event: Event): void {
    this.#lost += event.lost;
    // Of a direct connection there are no requests to see; of any other its requests count.
    if (event.type !== 'request' && !(event.type === 'open' && event.path === 'direct')) return;
    this.#addRow(event);
    if (event.type === 'request') this.#addFlow(event);
  }

  /** What was added since the last time. */
  take(nowUs: number): Traffic {
    const flows = [...this.#flows.values()].sort((a, b) => b.requests - a.requests);
    const traffic: Traffic = {
      startUs: this.#startUs,
      endUs: nowUs,
      rows: [...this.#rows.values()].map(rowMessage),
      flows: flows.slice(0, flowMax),
      otherRequests: flows.slice(flowMax).reduce((sum, { requests }) => sum + requests, this.#others),
      lost: this.#lost,
    };
    this.#startUs = nowUs;
    this.#rows = new Map();
    this.#flows = new Map();
    this.#others = 0;
    this.#lost = 0;
    return traffic;
  }

  #addRow(event: Event): void {
    const { workload, listener, virtualHost, route, cluster, endpoint, path, generation } = event;
    const key = JSON.stringify([workload, listener, virtualHost, route, cluster, endpoint, path, generation]);
    let row = this.#rows.get(key);
    if (row === undefined) {
      const of = { workload, listener, virtualHost, route, cluster, endpoint, path, generation };
      row = { of, requests: 0, errors: 0, durations: [] };
      this.#rows.set(key, row);
    }
    row.requests += 1;
    if (event.type !== 'request') return;
    if (event.status === 0 || event.status >= 500) row.errors += 1;
    if (row.durations.length < durationsKept) row.durations.push(event.durationUs);
    else row.durations[row.requests % durationsKept] = event.durationUs;
  }

  #addFlow(event: Event): void {
    const { workload, destination, method, host, target, listener, virtualHost, route, cluster, generation } =
      event;
    const of = {
      workload,
      destination,
      method,
      host,
      target,
      listener,
      virtualHost,
      route,
      cluster,
      generation,
    };
    const key = JSON.stringify(Object.values(of));
    const flow = this.#flows.get(key);
    if (flow !== undefined) flow.requests += 1;
    else if (this.#flows.size < flowKeep) this.#flows.set(key, { ...of, requests: 1 });
    else this.#others += 1;
  }
}

interface Row {
  readonly of: Omit<TrafficRow, 'requests' | 'errors' | 'p50Us' | 'p99Us'>;
  requests: number;
  errors: number;
  readonly durations: number[];
}

type CountedFlow = Omit<Flow, 'requests'> & { requests: number };

function rowMessage({ of, requests, errors, durations }: Row): TrafficRow {
  const sorted = Float64Array.from(durations).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { ...of, requests, errors, p50Us: at(0.5), p99Us: at(0.99) };
}
