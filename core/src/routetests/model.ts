/** Route tests: requests, and where they must go. */
import type { SourceRange } from '../yaml/parse.js';

/** What a `*.routes.test.yaml` says. */
export interface RouteTestFile {
  /** Files of the configuration as written, relative to the test file; empty: those beside it. */
  readonly configuration: readonly string[];
  readonly tests: readonly RouteTest[];
}

export interface RouteTest {
  readonly name: string;
  readonly range: SourceRange;
  /** One, without a name of its own, when the test is not a table. */
  readonly cases: readonly RouteCase[];
}

export interface RouteCase {
  /** "jason sees v2", "paths › /api". Unique in the file. */
  readonly title: string;
  /** Of the case in the table, else of the test. */
  readonly range: SourceRange;
  readonly request: TestRequest;
  readonly expect: Expectation;
  /** Where each expectation stands. */
  readonly places: ReadonlyMap<keyof Expectation, SourceRange>;
}

export interface TestRequest {
  readonly method: string;
  /** Absolute, http. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The listener that takes the connection; undefined: the one at the address of the URL. */
  readonly listener?: string;
  /** The workload that would send it: says which node is asked in a lab. */
  readonly from?: string;
}

/** At least one member. */
export interface Expectation {
  readonly cluster?: string;
  readonly route?: string;
  readonly virtualHost?: string;
  /** Of an answer that no endpoint gives: a direct response, 404 without a route, 503 without an endpoint. */
  readonly status?: number;
  readonly path?: 'direct' | 'kernel' | 'relay';
  /** Shares of clusters, in any unit: 90 and 10 is the same as 9 and 1. */
  readonly weights?: Readonly<Record<string, number>>;
}

/** A field of a resource, as the agent names it. */
export interface ChainSource {
  readonly typeUrl: string;
  readonly resource: string;
  /** `virtualHosts[0].routes[1]` */
  readonly field: string;
}

/** One thing that was tried on the way of a request. */
export interface ChainStep {
  readonly kind: string;
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly source: ChainSource | undefined;
}

/** Where a request goes. Names are "" where it does not get to. */
export interface Outcome {
  readonly listener: string;
  readonly virtualHost: string;
  readonly route: string;
  readonly cluster: string;
  /** 0: an endpoint answers. */
  readonly status: number;
  /** "" when no listener takes the connection. */
  readonly path: string;
  readonly reason: string;
  /** The clusters of the route with their weights; of one cluster, that one. */
  readonly shares: readonly { readonly cluster: string; readonly weight: number }[];
  readonly steps: readonly ChainStep[];
}

/** Answers where a request goes. Rejects with an Error whose message a person understands. */
export type AskRoute = (request: TestRequest) => Promise<Outcome>;
