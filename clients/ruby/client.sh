#!/usr/bin/env bash
# Ruby, by openapi-generator. Typhoeus is Debian's ruby-typhoeus, elsewhere the gem.
cd "$(dirname "$0")" && source ../common.sh

generate() {
    generator "$SPEC" ruby "$OUT/client" --additional-properties=gemName=tinyfish_client
    generator "$SESSION_SPEC" ruby "$OUT/session" --additional-properties=gemName=tinyfish_session
}

compile() { # every file is loaded
    ruby -I "$OUT/client/lib" -e 'Dir[File.join(ARGV[0], "**", "*.rb")].sort.each { |file| require file }' "$OUT/client/lib"
}

program() { test_program test.rb "$OUT/test.rb"; }

run() { ruby -I "$OUT/client/lib" -I "$OUT/session/lib" "$OUT/test.rb" "$@"; }

"$@"
