#!/usr/bin/env bash
# TypeScript, by hey-api, with its client for fetch.
cd "$(dirname "$0")" && source ../common.sh

# hey-api SPEC FOLDER
make() {
    cat >"$2.config.cjs" <<CONFIG
module.exports = {
  input: '$1',
  output: { path: '$2', module: { extension: '.js' } },
  plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch']
}
CONFIG
    "$NODE/openapi-ts" --file "$2.config.cjs" >/dev/null
}

generate() {
    make "$SPEC" "$OUT/client"
    make "$SESSION_SPEC" "$OUT/session"
    echo '{"type": "module"}' >"$OUT/package.json"
}

compile() { "$NODE/tsc" "${TSC[@]}" --noEmit "$OUT/client/index.ts" "$OUT/client/client.gen.ts"; }

program() {
    test_program test.ts "$OUT/test.ts"
    [ -z "${STOCK:-}" ] || sed -i 's/, sseMaxRetryAttempts: 1//' "$OUT/test.ts"
    # tsc also writes JavaScript for programs with type errors.
    "$NODE/tsc" "${TSC[@]}" --outDir "$OUT/js" "$OUT/test.ts" || [ -n "${STOCK:-}" ]
}

run() { node "$OUT/js/test.js" "$@"; }

"$@"
