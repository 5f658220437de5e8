import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@onehop/core/resources/model.js';

/** What `envoy --mode validate` says of bootstraps: why each is refused, "" when it is not. In their order. */
export async function envoyValidate(
  binary: string,
  bootstraps: readonly JsonObject[],
  atOnce = 3,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'oh-validate-'));
  const answers: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < bootstraps.length) {
      const at = next++;
      const file = join(folder, `${at}.json`);
      writeFileSync(file, JSON.stringify(bootstraps[at]));
      answers[at] = await validateOne(binary, file);
      rmSync(file);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
    return answers;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function validateOne(binary: string, file: string): Promise<string> {
  const args = [
    '--mode',
    'validate',
    '-c',
    file,
    '-l',
    'critical',
    '--disable-hot-restart',
    '--concurrency',
    '1',
  ];
  return new Promise((resolve, reject) => {
    execFile(binary, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve('');
      else if (typeof error.code === 'number')
        resolve(`${stdout}${stderr}`.trim() || `exit code ${error.code}`);
      // A crash refuses, too: Envoy asserts what nobody may write.
      else if (error.signal !== null && error.signal !== undefined && !error.killed)
        resolve(`crash: ${error.signal} ${stderr.slice(0, 500)}`);
      else reject(error);
    });
  });
}
