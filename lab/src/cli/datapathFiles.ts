import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Btf } from '@onehop/core/btf/decode.js';
import {
  btfOfObject,
  limitsOfObject,
  mapsOfObject,
  type ObjectMap,
} from '@onehop/core/offline/objectMaps.js';
import type { MapLimits } from '@onehop/core/compile/limits.js';
import { Failure } from './failure.js';

/** The datapath as it was built, to be asked without a kernel. */
export interface DatapathFiles {
  readonly btf: Btf;
  readonly maps: ReadonlyMap<string, ObjectMap>;
  readonly limits: MapLimits;
  /** Bytes of router.wasm. */
  readonly router: Uint8Array;
}

/** Throws Failure `not-built`. */
export function readDatapath(): DatapathFiles {
  const btf = btfOfObject(read('onehop.bpf.o'));
  const maps = mapsOfObject(btf);
  return { btf, maps, limits: limitsOfObject(maps), router: read('router.wasm') };
}

function read(name: string): Uint8Array {
  const path = fileURLToPath(new URL(`../../../../bpf/build/${name}`, import.meta.url));
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Failure('not-built', `${path} cannot be read.`, 'Build it: npm run build.', { cause });
  }
}
