/** npm run test:kills: a million mixed requests while connections end at random. --requests N */
import { parseArgs } from 'node:util';
import { FaultLab } from '../faultLab.js';
import { mib } from '../kernelMemory.js';
import { kills } from './run.js';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '1000000' } } });
const lab = await FaultLab.up('kills');
try {
  const { done, rss, left } = await kills(lab, Number(values.requests));
  console.log(
    `${done.answered} answered, ${done.killed} ended by the client, lost: ${JSON.stringify(done.wrong)}; ` +
      `agent ${mib(rss[0])} → ${mib(rss[1])}; left: ${left === '' ? 'nothing' : left}`,
  );
  process.exitCode = Object.keys(done.wrong).length === 0 && left === '' ? 0 : 1;
} finally {
  await lab.down();
}
