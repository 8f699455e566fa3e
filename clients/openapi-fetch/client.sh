#!/usr/bin/env bash
# TypeScript, by openapi-typescript and openapi-fetch. `fetch` repeats nothing of itself.
cd "$(dirname "$0")" && source ../common.sh

generate() {
    "$NODE/openapi-typescript" "$SPEC" --default-non-nullable=false --output "$OUT/client.d.ts" >/dev/null
    "$NODE/openapi-typescript" "$SESSION_SPEC" --default-non-nullable=false --output "$OUT/session.d.ts" >/dev/null
}

compile() { "$NODE/tsc" "${TSC[@]}" --noEmit "$OUT/client.d.ts"; }

program() {
    cp test.ts "$OUT/test.ts" && echo '{"type": "module"}' >"$OUT/package.json"
    "$NODE/tsc" "${TSC[@]}" --outDir "$OUT" "$OUT/test.ts"
}

run() { node "$OUT/test.js" "$@"; }

"$@"
