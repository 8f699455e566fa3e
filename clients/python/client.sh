#!/usr/bin/env bash
# Python, by openapi-generator with its own templates, unlike this project's client.
cd "$(dirname "$0")" && source ../common.sh

generate() {
    # Without the webhook's API, for which it generates invalid Python.
    local flags
    flags=$(unless_stock "--global-property apis=agent:runs:browser:search:fetch:research:monitors:datasets:profiles:vault:wallet,models,supportingFiles")
    generator "$SPEC" python "$OUT/client" --additional-properties=packageName=tinyfish_stock $flags
    generator "$SESSION_SPEC" python "$OUT/session" --additional-properties=packageName=tinyfish_session
}

compile() { # every module is loaded
    PYTHONPATH=$OUT/client "$BIN/python" -W error -c '
import importlib, pkgutil, tinyfish_stock
for module in pkgutil.walk_packages(tinyfish_stock.__path__, "tinyfish_stock."):
    importlib.import_module(module.name)'
}

program() { test_program test.py "$OUT/test.py"; }

run() { PYTHONPATH=$OUT/client:$OUT/session "$BIN/python" "$OUT/test.py" "$@"; }

"$@"
