// The agent's parts without ADS and API, which need no kernel and take long to start in an emulated machine.
// Arguments: the checkout. Sends a message when every endpoint has warm connections.
import { modelInForce } from '@onehop/core/router/modelInForce.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Applier } from '@onehop/agent/apply/applier.js';
import { Datapath } from '@onehop/agent/datapath/datapath.js';
import { DatapathWriter } from '@onehop/agent/datapath/mapWriter.js';
import { RelayRouter } from '@onehop/agent/datapath/relayRouter.js';
import { MonotonicClock } from '@onehop/agent/events/clock.js';
import { Pools, poolDefaults, type Endpoint } from '@onehop/agent/pool/pools.js';
import { Relay } from '@onehop/agent/relay/relay.js';
import { WasmRouter } from '@onehop/core/router/wasmRouter.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { configuration } from './configuration.js';
import { CLIENT, CLIENT_CGROUP, NODE_CGROUP, SERVER, SERVER_CGROUP } from './place.js';

const ANCHOR_PORT = 15001;
const WARM = 4;

const [checkout = ''] = process.argv.slice(2);
const log = (fields: object, message: string): void =>
  console.error('agent:', message, JSON.stringify(fields));

const datapath = Datapath.open({
  object: join(checkout, 'bpf/build/onehop.bpf.o'),
  cgroup: NODE_CGROUP,
  anchorPort: ANCHOR_PORT,
  workloads: [
    { name: 'client', id: 1, addresses: CLIENT, cgroup: CLIENT_CGROUP },
    { name: 'server', id: 2, addresses: SERVER, cgroup: SERVER_CGROUP },
  ],
  clock: new MonotonicClock(),
});
const { object } = datapath;
const router = await WasmRouter.load(readFileSync(join(checkout, 'bpf/build/router.wasm')), object.btf, 1n);
const { grace } = datapath;
const pools = new Pools(datapath.pools, { ...poolDefaults, min: WARM });
const applier = new Applier({
  writer: new DatapathWriter(object, router, grace),
  codec: structCodec(object.btf),
  log: { debug: () => undefined, info: () => undefined, warn: log, error: log },
  onApplied: ({ pools: { added } }) =>
    pools.change(
      [],
      added.map(({ id, ip, port }): Endpoint => ({ id, address: ip, port })),
    ),
});
const relay = await Relay.listen({
  kernel: datapath.conns,
  router: new RelayRouter(
    router,
    () => applier.allocation && modelInForce(applier.model, applier.allocation),
  ),
  pools,
  events: { watched: false, emit: () => undefined },
  port: ANCHOR_PORT,
});
datapath.onControl(relay);

const { refused } = await applier.apply(configuration());
if (refused.length > 0) throw new Error(`the configuration was refused: ${JSON.stringify(refused)}`);
while (pools.counters().some(({ idle }) => idle < WARM)) await delay(20);
process.send?.('ready');

process.on('SIGTERM', () => void stop());

/** In the order of the agent: what takes requests ends first, the datapath last. */
async function stop(): Promise<void> {
  await relay.close();
  await applier.close();
  pools.close();
  await grace.close();
  datapath.close();
  process.exit(0);
}
