#!/usr/bin/env bash
# Makes a machine ready: system packages, npm packages, build. Every step is skipped when it is done.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/step.sh

# package, and a file or command that shows that it is there
needed=(
	clang:clang llvm:llvm-objcopy lld:wasm-ld make:make gcc:cc
	libbpf-dev:/usr/include/bpf/bpf_helpers.h libelf-dev:/usr/include/libelf.h zlib1g-dev:/usr/include/zlib.h
	linux-libc-dev:/usr/include/linux/bpf.h bpftool:bpftool iproute2:ip util-linux:nsenter clang-format:clang-format
	libuv1-dev:/usr/include/uv.h curl:curl
)
missing=()
PATH=$PATH:/usr/sbin:/sbin
for entry in "${needed[@]}"; do
	probe=${entry#*:}
	case $probe in
	/usr/include/uv.h) [ -e "$probe" ] || [ -e "$(dirname "$(readlink -f "$(command -v node)")")/../include/node/uv.h" ] || missing+=("${entry%%:*}") ;;
	/*) [ -e "$probe" ] || missing+=("${entry%%:*}") ;;
	*) command -v "$probe" >/dev/null || missing+=("${entry%%:*}") ;;
	esac
done

install_packages() {
	apt-get -o DPkg::Lock::Timeout=300 update -qq
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}"
}

if [ "$(uname -s)" != Linux ]; then
	echo "The lab needs Linux (kernel 6.1 or newer); this is $(uname -s). Run it in a Linux machine or VM." >&2
	exit 1
fi
if [ ${#missing[@]} -gt 0 ]; then
	if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
		echo "These packages are missing (Debian's names): ${missing[*]}" >&2
		echo "Install them with your package manager as root, then run this again." >&2
		exit 1
	fi
	step "system packages (${#missing[@]})" install_packages
fi

stamp=node_modules/.onehop-installed
if ! up_to_date $stamp package-lock.json package.json ./*/package.json agent/libbpf-ts/package.json; then
	step 'npm packages' npm ci --no-audit --no-fund
	touch $stamp
fi

bash scripts/build.sh
