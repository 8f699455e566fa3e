# Shared by all client.sh scripts. clients/run.py calls `client.sh STEP`, where STEP is one of
#
#   generate     generate the client from $SPEC and $SESSION_SPEC into $OUT
#   compile      compile the client alone
#   program      compile the test program against it
#   run TASK     perform a task against $TINYFISH_BASE_URL with $TINYFISH_API_KEY, and print the result
#
# A client.sh defines a function for each step that it needs.
set -euo pipefail

HERE=$PWD
ROOT=$(cd ../.. && pwd)
BIN=${BIN:-$ROOT/.venv/bin}
NODE=$ROOT/node_modules/.bin
SPEC=${SPEC:-$ROOT/openapi.yaml}
SESSION_SPEC=${SESSION_SPEC:-$ROOT/openapi-session.yaml}
OUT=${OUT:-$ROOT/build/clients/$(basename "$HERE")}

# generator SPEC LANGUAGE FOLDER [OPTION...]
generator() {
    "$BIN/openapi-generator-cli" generate -i "$1" -g "$2" -o "$3" "${@:4}" >"$3.log" 2>&1 || { tail -n 20 "$3.log" >&2; return 1; }
}

# With STOCK=1, the client is for the document before version 2: it's generated without the flags that
# docs/other-languages.md recommends, and the test program uses that version's names.
unless_stock() { [ -n "${STOCK:-}" ] || printf '%s' "$1"; }

# test_program FILE TARGET
test_program() {
    if [ -z "${STOCK:-}" ]; then cp "$1" "$2"; return; fi
    sed -E -e 's/\bqueueRuns\b/runBatch/g; s/QueueRuns\b/RunBatch/g; s/queue_runs\b/run_batch/g' \
        -e 's/\bqueueRun\b/runAsync/g; s/QueueRun\b/RunAsync/g; s/queue_run\b/run_async/g' \
        -e 's/\bstreamRun\b/runSse/g; s/StreamRun\b/RunSse/g; s/stream_run\b/run_sse/g' \
        -e 's/\brunAgent\b/run/g; s/RunAgent\b/Run/g; s/run_agent\b/run/g' "$1" >"$2"
}

compile() { :; }
program() { :; }

TSC=(--strict --target es2022 --lib es2022,dom,dom.iterable --types node --module nodenext --moduleResolution nodenext)
