#!/usr/bin/env bash
# Tools of an agent: an MCP server, by FastMCP, which makes it of the documents as it starts. To compile is to
# call every tool, and to see that all together are short enough for a model to read.
cd "$(dirname "$0")" && source ../common.sh

mcp() { OUT=$OUT SPEC=$SPEC SESSION_SPEC=$SESSION_SPEC "$BIN/python" "$OUT/test.py" "$@"; }

generate() {
    test_program test.py "$OUT/test.py"
    mcp sizes >"$OUT/sizes"
}

compile() { mcp every-tool; }

run() { mcp "$@"; }

"$@"
