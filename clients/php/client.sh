#!/usr/bin/env bash
# PHP, by openapi-generator. Guzzle is Debian's php-guzzlehttp-guzzle, elsewhere it's Composer's guzzlehttp/guzzle.
cd "$(dirname "$0")" && source ../common.sh

generate() {
    generator "$SPEC" php "$OUT/client" --additional-properties=invokerPackage=TinyFish
    generator "$SESSION_SPEC" php "$OUT/session" --additional-properties=invokerPackage=TinyFishSession
}

compile() { # each class is loaded: `php -l` alone does not see a method that is there twice
    OUT=$OUT php load.php
}

program() {
    cp autoload.php "$OUT/autoload.php"
    test_program test.php "$OUT/test.php"
}

run() { OUT=$OUT php "$OUT/test.php" "$@"; }

"$@"
