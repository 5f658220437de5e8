import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Identity } from './identity.js';
import { listenOnAll } from './listen.js';
import { ServedCount } from './served.js';

/** Answers one request. What it throws becomes a 500. */
export type Handler = (exchange: Exchange) => void | Promise<void>;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Without query. */
  readonly path: string;
  /** Parts of the path: `/reviews/1` is `['reviews', '1']`. */
  readonly segments: readonly string[];
  reply(status: number, value: unknown): void;
}

/**
 * Serves HTTP/1.1 on the workload's own addresses. Every answer says which workload gave it (`x-served-by`), and
 * `GET /_onehop/served` says how many requests there were, itself not counted.
 */
export async function serveHttp(self: Identity, port: number, handler: Handler): Promise<void> {
  const served = new ServedCount(self.workload);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const reply = (status: number, value: unknown): void => replyJson(response, status, value);
    response.setHeader('x-served-by', self.workload);
    // The same question gets the same bytes: answers of two paths can be compared.
    response.sendDate = false;
    if (path === '/_onehop/served') {
      reply(200, served.report());
      return;
    }
    served.add(path);
    const segments = path.split('/').filter(Boolean);
    if (path === '/health') reply(200, { status: 'ok', podname: self.workload });
    else await handler({ request, response, path, segments, reply });
  };
  await listenOnAll(self, port, () =>
    createServer(
      {
        // Connections that a mesh keeps warm may carry their first request after hours: they are not timed out.
        headersTimeout: 0,
        requestTimeout: 0,
        keepAliveTimeout: 0,
      },
      (request, response) => {
        request.on('error', () => response.destroy());
        answer(request, response)
          .catch((error: unknown) => fail(response, error))
          // A body that nobody read would block the next request of the connection.
          .finally(() => request.resume());
      },
    ),
  );
}

export function replyJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) response.destroy();
  else replyJson(response, 500, { error: message });
}
