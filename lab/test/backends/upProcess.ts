// `up` of the echo lab in a process of its own, to be killed at any moment: node upProcess.js LAB
import { createLocalBackend } from '../../src/backends/local/backend.js';
import { echoTopology, noMesh } from './testLab.js';

await createLocalBackend().up(echoTopology(process.argv[2] ?? ''), noMesh);
process.stdout.write('up\n');
