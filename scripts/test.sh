#!/usr/bin/env bash
# npm test: set up, then every test. Ends with "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/.."
echo 'Setting up'
bash scripts/setup.sh
exec node scripts/run-tests.mjs "$@"
