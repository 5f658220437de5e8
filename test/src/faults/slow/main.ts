/**
 * npm run test:faults: what slow clients and servers cost, whole. 500 readers and 500 uploaders of 50 MB are slow for a
 * while, then all go on at full speed, to the end; every body is compared. Then the same with 500 uploads that servers
 * read slowly. --each N --servers N --bytes N --rate BYTES/S --end N (transfers of each kind and place that go to the end;
 * default: all) --no-mesh
 */
import { parseArgs } from 'node:util';
import { FaultLab } from '../faultLab.js';
import { describeSlow, slowConfiguration, slowLoad, slowServers, type SlowLoad } from './load.js';

const { values } = parseArgs({
  options: {
    each: { type: 'string', default: '500' },
    servers: { type: 'string', default: '500' },
    bytes: { type: 'string', default: '50000000' },
    rate: { type: 'string', default: '4000' },
    end: { type: 'string', default: '1000' },
    'no-mesh': { type: 'boolean', default: false },
  },
});
const load: SlowLoad = {
  each: Number(values.each),
  toSlowServers: 0,
  bytes: Number(values.bytes),
  rate: Number(values.rate),
  rampMs: 15_000,
  watchMs: 20_000,
  toTheEnd: Number(values.end),
  fastMs: 10_000,
  fastPauseMs: 0,
};
const lab = await FaultLab.up('slow');
try {
  await lab.apply(slowConfiguration());
  const servers = await slowServers(lab);
  await lab.warm(1);
  process.exitCode = 0;
  for (const one of [load, { ...load, each: 0, toSlowServers: Number(values.servers) }]) {
    if (one.each + one.toSlowServers === 0) continue;
    const through = values['no-mesh'] ? 'no-mesh' : 'mesh';
    const { text, faults } = describeSlow(one, await slowLoad(lab, servers, one, through));
    console.log(text);
    for (const fault of faults) console.log(`✖ ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
  }
} finally {
  await lab.down();
}
