#!/usr/bin/env bash
# Tools for agents: an MCP server, which FastMCP generates from the documents when it starts. The compile step calls
# every tool, and checks that all tools together are short enough for a model.
cd "$(dirname "$0")" && source ../common.sh

mcp() { OUT=$OUT SPEC=$SPEC SESSION_SPEC=$SESSION_SPEC "$BIN/python" "$OUT/test.py" "$@"; }

generate() {
    test_program test.py "$OUT/test.py"
    cp product_calls.py "$OUT/"
    mcp sizes >"$OUT/sizes"
}

compile() { mcp every-tool; }

run() { mcp "$@"; }

"$@"
