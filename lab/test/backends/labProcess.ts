// `up` or `down` of the echo lab in a process of its own, to be killed at any moment: node labProcess.js up|down LAB
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { echoTopology, noMesh } from './testLab.js';

const [what, lab = ''] = process.argv.slice(2);
const backend = createLocalBackend();
if (what === 'up') await backend.up(echoTopology(lab), noMesh);
else await backend.down(lab);
