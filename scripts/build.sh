#!/usr/bin/env bash
# Builds everything: datapath, router, generated sources, binding, TypeScript.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/step.sh

step 'datapath and router (C)' make -C bpf
step 'layouts and reasons' node core/tools/generate-wire.mjs
step 'Envoy descriptors' node core/tools/generate-envoy.mjs
step 'agent API types' node core/tools/generate-api.mjs
step 'libbpf binding (C)' bash agent/libbpf-ts/scripts/build-native.sh
step 'relay pumps (C)' bash agent/native/build.sh
step 'TypeScript' npx tsc -b
