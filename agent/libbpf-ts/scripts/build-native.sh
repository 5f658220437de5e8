#!/bin/sh
# Builds build/libbpf_ts.node with the C compiler alone (no node-gyp, no Python).
#
# Debian packages: gcc (or clang), libc6-dev, libbpf-dev (>= 1.1), libelf-dev, zlib1g-dev.
# Headers of Node: beside the node binary, in /usr/include/node, or (NODE_INCLUDE=…)
# anywhere; uv.h comes with them or from libuv1-dev.
set -eu
cd "$(dirname "$0")/.."
out=build/libbpf_ts.node

fail() {
	echo "libbpf-ts: $1" >&2
	exit 1
}

# Up to date: nothing it was made from is newer.
if [ -e "$out" ] && [ -z "$(find native scripts/build-native.sh -newer "$out" -print -quit)" ]; then
	exit 0
fi

[ "$(uname -s)" = Linux ] || fail "BPF needs Linux; this is $(uname -s)"
command -v "${CC:-cc}" >/dev/null || fail "no C compiler: install gcc or clang (Debian: apt-get install gcc libc6-dev)"

includes=
node=$(command -v node) || fail "no node in PATH"
prefix=$(dirname "$(readlink -f "$node")")/..
for dir in "${NODE_INCLUDE:-}" "$prefix/include/node" /usr/include/node \
	../../node_modules/node-api-headers/include node_modules/node-api-headers/include; do
	if [ -n "$dir" ] && [ -e "$dir/node_api.h" ]; then
		includes="-isystem $dir"
		break
	fi
done
[ -n "$includes" ] || fail "no node_api.h: install Node's headers, or set NODE_INCLUDE (npm: node-api-headers)"

mkdir -p build
tmp=$out.$$
# The name is put in place last, so that a build that fails or races leaves the old one.
trap 'rm -f "$tmp"' EXIT
# shellcheck disable=SC2086
"${CC:-cc}" -shared -fPIC -O2 -g -std=gnu11 -fvisibility=hidden -Wall -Wextra -Werror \
	$includes ${CFLAGS:-} native/*.c -o "$tmp" ${LDFLAGS:-} -lbpf ||
	fail "the compiler failed; it needs libbpf >= 1.1 (Debian: apt-get install libbpf-dev libelf-dev zlib1g-dev) and uv.h (libuv1-dev)"
mv "$tmp" "$out"
