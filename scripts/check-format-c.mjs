// Fails when a C file is not as .clang-format says.
import { execFileSync, spawnSync } from 'node:child_process';

const files = execFileSync('git', ['ls-files', '*.c', '*.h'], { encoding: 'utf8' })
  .split('\n')
  .filter(Boolean);
const { status } = spawnSync('clang-format', ['--dry-run', '--Werror', ...files], { stdio: 'inherit' });
if (status !== 0) console.error('Run `npm run format`.');
process.exit(status ?? 1);
