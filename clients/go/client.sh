#!/usr/bin/env bash
# Go, by openapi-generator. It needs only Go's standard library.
cd "$(dirname "$0")" && source ../common.sh
export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local GOCACHE=${GOCACHE:-$ROOT/build/go-cache}

# enumClassPrefix: two enums have a value with the same name. disallowAdditionalPropertiesIfNotPresent: without it, new
# fields are errors. useOneOfDiscriminatorLookup: select events by their type; trying each model needs a library that
# isn't installed here, so the STOCK client has this flag too.
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
