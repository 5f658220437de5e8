#!/usr/bin/env bash
# npm start: set up, bring the sample lab up, one request per route, what to try next.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
	echo "The local lab makes network namespaces and loads eBPF programs: run this as root (sudo npm start)." >&2
	exit 1
fi
echo 'Setting up'
bash scripts/setup.sh
exec node lab/bin/onehop.js tour "$@"
