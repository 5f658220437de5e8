#!/usr/bin/env bash
# npm start: set up, bring the sample lab up, one request per route, the editor. `-- --headless`: without the editor.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
	echo "The local lab makes network namespaces and loads eBPF programs: run this as root (sudo npm start)." >&2
	exit 1
fi
echo 'Setting up'
bash scripts/setup.sh
case " $* " in
*' --headless '*) ;;
*)
	. scripts/step.sh
	bash scripts/vscode-host.sh
	step 'extension' npm run --silent -w extension package
	;;
esac
exec node lab/bin/onehop.js tour "$@"
