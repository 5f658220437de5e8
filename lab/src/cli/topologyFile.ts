import { toJson } from '@onehop/core/yaml/tree.js';
import { parseYaml } from '@onehop/core/yaml/parse.js';
import type { LabTopology } from '../backends/topology.js';
import { readText } from './configuration.js';
import { Failure } from './failure.js';

/** Interim: to be replaced by core/topology. */
export function readTopology(path: string, cwd: string): LabTopology {
  const root = parseYaml(readText(path, cwd)).documents[0]?.root;
  if (root === undefined) throw new Failure('invalid-configuration', `${path} is empty.`, 'See the sample.');
  return toJson(root) as unknown as LabTopology;
}
