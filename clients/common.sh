# What every client.sh shares. clients/run.py calls `client.sh STEP` with STEP one of
#
#   generate     make the client of $SPEC and $SESSION_SPEC in $OUT
#   compile      compile the client alone
#   program      compile the test program against it
#   run TASK     do a task against $TINYFISH_BASE_URL with $TINYFISH_API_KEY, and print what came of it
#
# A client.sh defines a function for each that it needs.
set -euo pipefail

HERE=$PWD
ROOT=$(cd ../.. && pwd)
BIN=$ROOT/.venv/bin
NODE=$ROOT/node_modules/.bin
SPEC=${SPEC:-$ROOT/openapi.yaml}
SESSION_SPEC=${SESSION_SPEC:-$ROOT/openapi-session.yaml}
OUT=${OUT:-$ROOT/build/clients/$(basename "$HERE")}

# generator SPEC LANGUAGE FOLDER [OPTION...]
generator() {
    "$BIN/openapi-generator-cli" generate -i "$1" -g "$2" -o "$3" "${@:4}" >"$3.log" 2>&1 || { tail -n 20 "$3.log" >&2; return 1; }
}

compile() { :; }
program() { :; }

TSC=(--strict --target es2022 --lib es2022,dom,dom.iterable --types node --module nodenext --moduleResolution nodenext)
