import { VerifierError } from './errors.js';

/**
 * The verifier's refusal in what libbpf printed, or undefined when the load
 * failed for another reason.
 *
 * libbpf frames the log in lines (bpf_object_load_prog in tools/lib/bpf/libbpf.c):
 * `libbpf: prog 'NAME': -- BEGIN PROG LOAD LOG --` … `-- END PROG LOAD LOG --`.
 */
export function verifierFailure(
  operation: string,
  errno: number,
  printed: string,
): VerifierError | undefined {
  const begins = [...printed.matchAll(/^libbpf: prog '([^']*)': -- BEGIN PROG LOAD LOG --\n/gm)];
  const begin = begins.at(-1);
  if (begin === undefined) return undefined;
  const start = begin.index + begin[0].length;
  const end = printed.indexOf('-- END PROG LOAD LOG --', start);
  const log = printed.slice(start, end < 0 ? undefined : end);
  const program = begin[1] ?? '';
  return new VerifierError({ operation, errno, program, lastLine: lastUsefulLine(log), log });
}

/** Lines that the verifier adds after the reason, whatever it was. */
const TAIL = /^(processed \d+ insns|verification time|stack depth|max_states_per_insn|peak_states|mark_read)/;

export function lastUsefulLine(log: string): string {
  const lines = log.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '' && !TAIL.test(line)) ?? 'the verifier said nothing';
}
