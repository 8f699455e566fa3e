#!/usr/bin/env bash
# TypeScript, by openapi-typescript and openapi-fetch. `fetch` doesn't retry.
cd "$(dirname "$0")" && source ../common.sh

generate() {
    local flags
    flags=$(unless_stock --default-non-nullable=false)
    "$NODE/openapi-typescript" "$SPEC" $flags --output "$OUT/client.d.ts" >/dev/null
    "$NODE/openapi-typescript" "$SESSION_SPEC" $flags --output "$OUT/session.d.ts" >/dev/null
}

compile() { "$NODE/tsc" "${TSC[@]}" --noEmit "$OUT/client.d.ts"; }

program() {
    test_program test.ts "$OUT/test.ts"
    [ -z "${STOCK:-}" ] || sed -Ei "s#'/v1/browser(/[^']*)?'#'\\1'#; s#\('',#('/',#" "$OUT/test.ts"
    echo '{"type": "module"}' >"$OUT/package.json"
    # tsc also writes JavaScript for programs with type errors.
    "$NODE/tsc" "${TSC[@]}" --outDir "$OUT" "$OUT/test.ts" || [ -n "${STOCK:-}" ]
}

run() { node "$OUT/test.js" "$@"; }

"$@"
