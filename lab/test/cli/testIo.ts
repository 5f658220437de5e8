import type { Io, Output } from '../../src/cli/io.js';

/** An Io that keeps what is written. */
export interface TestIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
}

export function testIo(options: { readonly cwd?: string; readonly env?: Io['env'] } = {}): TestIo {
  const [stdout, out] = memory();
  const [stderr, err] = memory();
  const { signal } = new AbortController();
  return { stdout, stderr, out, err, signal, env: options.env ?? {}, cwd: options.cwd ?? process.cwd() };
}

function memory(): [Output, () => string] {
  let text = '';
  const write = (more: string): void => void (text += more);
  return [{ write, isTTY: false, columns: Infinity, color: false }, () => text];
}
