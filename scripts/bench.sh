#!/usr/bin/env bash
# npm run bench: set up, then measure OneHop beside no mesh and beside a real Envoy.
set -euo pipefail
cd "$(dirname "$0")/.."
for word in "$@"; do
	# nothing of these needs root or a build of the datapath
	case $word in --help | --report) exec node lab/dist/src/bench/main.js "$@" ;; esac
done
if [ "$(id -u)" != 0 ]; then
	echo "The benchmark makes network namespaces and loads eBPF programs: run this as root (sudo npm run bench)." >&2
	exit 1
fi
echo 'Setting up'
bash scripts/setup.sh
exec node lab/dist/src/bench/main.js "$@"
