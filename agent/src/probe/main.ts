// The probe by itself: `onehop doctor` runs it where no agent runs. Exit code 0: the datapath can run here, 1: it cannot.
import { libbpfVersion } from 'libbpf-ts/probe.js';
import { thisKernel } from './kernel.js';
import { probeKernel } from './probe.js';

const probe = probeKernel(thisKernel());
const missing = probe.capabilities.filter(({ available, required }) => required && !available);
if (process.argv.includes('--json'))
  process.stdout.write(`${JSON.stringify({ ...probe, libbpf: libbpfVersion() })}\n`);
else {
  for (const { name, available, required, lost } of probe.capabilities)
    process.stdout.write(
      `${available ? 'yes' : required ? 'NO ' : 'no '}  ${name}${available ? '' : `: ${lost}`}\n`,
    );
}
process.exitCode = missing.length === 0 ? 0 : 1;
