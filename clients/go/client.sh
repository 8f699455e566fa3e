#!/usr/bin/env bash
# Go, by openapi-generator. It needs no library beside Go's own.
cd "$(dirname "$0")" && source ../common.sh
export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local GOCACHE=${GOCACHE:-$ROOT/build/go-cache}

# enumClassPrefix: two enums have a value of one name. disallowAdditionalPropertiesIfNotPresent: without it a field that
# is new is an error. useOneOfDiscriminatorLookup: events are told apart by their type, not by trying each, for which
# there is no library here; so this is not left out of what is stock.
FLAGS=useOneOfDiscriminatorLookup=true$(unless_stock ,enumClassPrefix=true,disallowAdditionalPropertiesIfNotPresent=false)

generate() {
    generator "$SPEC" go "$OUT/client" --additional-properties="packageName=tinyfish,withGoMod=false,$FLAGS"
    generator "$SESSION_SPEC" go "$OUT/session" --additional-properties="packageName=session,withGoMod=false,$FLAGS"
    rm -rf "$OUT"/*/test # they need testify
    printf 'module example\n\ngo 1.19\n' >"$OUT/go.mod"
}

compile() { cd "$OUT" && go build ./client; }

program() {
    mkdir -p "$OUT/program" && test_program test.go "$OUT/program/main.go"
    cd "$OUT" && go build -o "$OUT/test" ./program
}

run() { "$OUT/test" "$@"; }

"$@"
