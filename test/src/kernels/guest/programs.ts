/** Does the kernel take every program of the object, and at which cost? */
import { BpfError, VerifierError } from 'libbpf-ts/errors.js';
import { BpfObject } from 'libbpf-ts/object.js';
import type { ProgramLine } from '../results.js';

/** Statistics of the verifier, without the instructions. */
const LOG_STATISTICS = 4;

/** Loads the whole object; when the kernel refuses it, each program alone, so that every one has its own answer. */
export function loadPrograms(path: string): ProgramLine[] {
  const names = programNames(path);
  try {
    return load(path, names);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return names.flatMap((name) => loadAlone(path, name));
  }
}

function loadAlone(path: string, name: string): ProgramLine[] {
  try {
    return load(path, [name]);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    const reason = error instanceof VerifierError ? `${error.code}: ${error.lastLine}` : error.message;
    return [{ type: 'program', name, instructions: 0, loadMs: 0, error: reason }];
  }
}

function load(path: string, names: readonly string[]): ProgramLine[] {
  using object = BpfObject.open(path, { autoload: names, logLevel: LOG_STATISTICS });
  object.load();
  return names.map((name) => ({
    type: 'program',
    name,
    instructions: object.program(name).info().verifiedInstructions,
    loadMs: verificationMs(object.log, name),
  }));
}

function programNames(path: string): string[] {
  using object = BpfObject.open(path);
  return [...object.programNames];
}

/** libbpf frames the log of each program; with statistics the verifier says how long it took (print_verification_stats()). */
function verificationMs(log: string, name: string): number {
  const from = log.indexOf(`prog '${name}': -- BEGIN PROG LOAD LOG --`);
  const took = from < 0 ? null : /^verification time (\d+) usec$/m.exec(log.slice(from));
  return Number(took?.[1] ?? 0) / 1000;
}
