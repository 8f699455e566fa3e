#!/usr/bin/env bash
# Rust, by openapi-generator. The crates are Debian's librust-*-dev, with reqwest 0.11. There is no newer one, so the
# generated Cargo.toml is replaced. Debian has no serde_with, so the required part of it is in serde_with/.
cd "$(dirname "$0")" && source ../common.sh
export CARGO_TARGET_DIR=$ROOT/build/clients/rust-target CARGO_NET_OFFLINE=true

# package NAME FOLDER [DEPENDENCY...]
package() {
    mkdir -p "$2/src"
    printf '[package]\nname = "%s"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\n' "$1" >"$2/Cargo.toml"
    printf '%s\n' "${@:3}" >>"$2/Cargo.toml"
}

CRATES=(
    'serde = { version = "1", features = ["derive"] }'
    'serde_json = "1"'
    'serde_repr = "0.1"'
    'serde_with = { path = "../serde_with" }'
    'url = "2"'
    'chrono = { version = "0.4", features = ["serde"] }'
    'reqwest = { version = "0.11", default-features = false, features = ["json", "multipart"] }'
)

generate() {
    generator "$SPEC" rust "$OUT/client" --library reqwest
    generator "$SESSION_SPEC" rust "$OUT/session" --library reqwest
    package tinyfish "$OUT/client" "${CRATES[@]}"
    package session "$OUT/session" "${CRATES[@]}"
    package test "$OUT/program" 'tinyfish = { path = "../client" }' 'session = { path = "../session" }' \
        'serde_json = "1"' 'reqwest = { version = "0.11", default-features = false, features = ["json"] }' \
        'tokio = { version = "1", features = ["macros", "rt", "time"] }'
    cp -r serde_with "$OUT/"
    mkdir -p "$OUT/.cargo"
    cat >"$OUT/.cargo/config.toml" <<CONFIG
[source.crates-io]
replace-with = "debian"

[source.debian]
directory = "/usr/share/cargo/registry"
CONFIG
}

compile() { cd "$OUT/client" && cargo build --quiet; }

program() {
    test_program test.rs "$OUT/program/src/main.rs"
    cd "$OUT/program" && cargo build --quiet
}

run() { "$CARGO_TARGET_DIR/debug/test" "$@"; }

"$@"
