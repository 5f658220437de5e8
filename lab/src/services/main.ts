// The sample services: `node main.js APP --port N [--version V]`, one process a workload.
import { parseArgs } from 'node:util';
import { details } from './details.js';
import { echo } from './echo.js';
import { serveHttp, type Handler } from './httpService.js';
import { identity, type Identity } from './identity.js';
import { productpage } from './productpage.js';
import { ratings } from './ratings.js';
import { serveRatingsDb } from './ratingsDb.js';
import { reviews } from './reviews.js';
import { Upstream } from './upstream.js';

/** Starts an app on the workload's addresses. */
type App = (self: Identity, port: number, version: string) => Promise<void>;

const http =
  (handler: (self: Identity, version: string) => Handler): App =>
  (self, port, version) =>
    serveHttp(self, port, handler(self, version));

const apps: Readonly<Record<string, App>> = {
  productpage: http((self) => productpage(self, new Upstream(self))),
  details: http(details),
  reviews: http((self, version) => reviews(self, version, new Upstream(self))),
  ratings: http(ratings),
  'ratings-db': serveRatingsDb,
  echo: http(echo),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, version: { type: 'string', default: 'v1' } },
});
const app = apps[positionals[0] ?? ''];
const port = Number(values.port);
if (app === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
  process.stderr.write(
    `usage: main.js APP --port N [--version V], where APP is ${Object.keys(apps).join(', ')}\n`,
  );
  process.exit(2);
}
try {
  await app(identity(), port, values.version);
} catch (error) {
  const { address, code, message } = error as NodeJS.ErrnoException & { address?: string };
  process.stderr.write(`cannot listen on ${address ?? ''} port ${port}: ${code ?? message}\n`);
  process.exit(1);
}
