import { fileURLToPath } from 'node:url';

/** Bookinfo: what `up` starts when nothing else is said. */
export const sample = {
  topology: samplePath('bookinfo.lab.yaml'),
  config: [samplePath('bookinfo.xds.yaml')],
} as const;

function samplePath(file: string): string {
  return fileURLToPath(new URL(`../../../samples/bookinfo/${file}`, import.meta.url));
}
