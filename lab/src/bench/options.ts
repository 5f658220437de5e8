import { parseArgs } from 'node:util';
import { BenchError } from './errors.js';

export interface BenchOptions {
  readonly quick: boolean;
  readonly rounds: number | undefined;
  /** Start of the labs' names. */
  readonly name: string;
  readonly envoy: boolean;
  /** Directory of the results; undefined: bench-results of the checkout. */
  readonly out: string | undefined;
  /** Write the plots of the README, too. */
  readonly images: boolean;
  /** Make the report anew from latest.json; nothing is measured. */
  readonly reportOnly: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench [-- options]

Measures OneHop beside no mesh and beside a real Envoy, on this machine, and writes bench-results/latest.json and
bench-results/report.html. Needs root, a C compiler, and python3 with pip for Envoy.

  --quick          a few points in under a minute; without it the whole matrix in under 15 minutes
  --rounds N       rounds of every point (default 5; quick: 3)
  --no-envoy       without the Envoy arms
  --out DIR        where the results go (default bench-results)
  --images         write docs/images/bench-*.svg, too
  --report         make the report from the last results; measure nothing
  --name NAME      start of the names of the two labs (default bench)
  --help           this text
`;

/** Throws BenchError `usage`. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const options = {
    quick: { type: 'boolean' },
    rounds: { type: 'string' },
    name: { type: 'string' },
    'no-envoy': { type: 'boolean' },
    out: { type: 'string' },
    images: { type: 'boolean' },
    report: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values } = parsed(() => parseArgs({ args: [...argv], options }));
  const name = values.name ?? 'bench';
  if (!/^[a-z0-9][a-z0-9-]{0,24}$/.test(name))
    throw refused(
      `"${name}" cannot be the start of a lab's name: 1 to 25 lower-case letters, digits, hyphens.`,
    );
  return {
    quick: values.quick ?? false,
    rounds: values.rounds === undefined ? undefined : rounds(values.rounds),
    name,
    envoy: !(values['no-envoy'] ?? false),
    out: values.out,
    images: values.images ?? false,
    reportOnly: values.report ?? false,
    help: values.help ?? false,
  };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw refused((error as Error).message, error);
  }
}

function rounds(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 50) return number;
  throw refused(`--rounds ${text} is no number from 1 to 50.`);
}

function refused(message: string, cause?: unknown): BenchError {
  return new BenchError('usage', message, 'See npm run bench -- --help.', { cause });
}
