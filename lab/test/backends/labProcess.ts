// `up` or `down` of a test lab in a process of its own, to be killed at any moment: node labProcess.js up|down LAB KIND
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { testLabs } from './testLab.js';

const [what, lab = '', kind = ''] = process.argv.slice(2);
const backend = createLocalBackend();
const { topology, options } = testLabs[kind as keyof typeof testLabs](lab);
if (what === 'up') await backend.up(topology, options);
else await backend.down(lab);
