/** npm run test:kills: a million mixed requests while connections end at random. --requests N */
import { parseArgs } from 'node:util';
import { FaultLab } from '../faultLab.js';
import { describeKills, kills } from './run.js';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '1000000' } } });
const lab = await FaultLab.up('kills');
try {
  const { text, faults } = describeKills(await kills(lab, Number(values.requests)));
  console.log(text);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await lab.down();
}
