#!/usr/bin/env bash
# Builds agent/build/pump.node with the C compiler alone.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/pump.node

# Up to date: nothing it was made from is newer.
if [ -e "$out" ] && [ -z "$(find native -newer "$out" -print -quit)" ]; then
	exit 0
fi

prefix=$(dirname "$(readlink -f "$(command -v node)")")/..
includes=()
for dir in "${NODE_INCLUDE:-}" "$prefix/include/node" /usr/include/node ../node_modules/node-api-headers/include; do
	if [ -n "$dir" ] && [ -e "$dir/node_api.h" ]; then
		includes=(-isystem "$dir")
		break
	fi
done
if [ ${#includes[@]} = 0 ]; then
	echo "agent: no node_api.h: install Node's headers, or set NODE_INCLUDE" >&2
	exit 1
fi

mkdir -p build
# The name is put in place last, so that a build that fails or races leaves the old one.
tmp=$out.$$
trap 'rm -f "$tmp"' EXIT
"${CC:-cc}" -shared -fPIC -O2 -g -std=gnu11 -fvisibility=hidden -Wall -Wextra -Werror "${includes[@]}" \
	native/*.c -o "$tmp"
mv "$tmp" "$out"
