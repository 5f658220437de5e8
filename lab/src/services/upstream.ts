import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { sourceFor, type Identity } from './identity.js';

/** Milliseconds for an answer of another service. */
const TIMEOUT = 5_000;

/** Headers that belong to the whole call tree, not to one hop. */
const PASSED_ON = ['end-user', 'x-request-id', 'traceparent', 'tracestate'];

/** Calls other services of the lab, by their names, over keep-alive connections. */
export class Upstream {
  readonly #agents = new Map<string, Agent>();

  constructor(private readonly self: Identity) {}

  /** The JSON that a service answers, or `{error}`: a page is shown also when a part of it is missing. */
  async get(url: string, incoming: IncomingHttpHeaders): Promise<unknown> {
    const headers = Object.fromEntries(
      PASSED_ON.flatMap((name) => (incoming[name] === undefined ? [] : [[name, incoming[name]]])),
    );
    try {
      const { status, body } = await this.#ask(new URL(url), headers, 2);
      return status === 200 ? (JSON.parse(body) as unknown) : { error: `${url} answered ${status}`, status };
    } catch (error) {
      return { error: `${url}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  #ask(
    url: URL,
    headers: Record<string, string | string[] | undefined>,
    attempts: number,
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { agent: this.#agentFor(url), headers, timeout: TIMEOUT }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${TIMEOUT / 1000} s`)));
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The other side may end an idle connection at the moment in which it is used again.
        const stale = outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
        if (stale && attempts > 1) resolve(this.#ask(url, headers, attempts - 1));
        else reject(error);
      });
      outgoing.end();
    });
  }

  #agentFor(url: URL): Agent {
    const known = this.#agents.get(url.host);
    if (known !== undefined) return known;
    const agent = new Agent({ keepAlive: true, ...sourceFor(url.hostname, this.self) });
    this.#agents.set(url.host, agent);
    return agent;
  }
}
