#!/usr/bin/env bash
# Java, by openapi-generator, with the JDK's HTTP client. Jackson comes with openapi-generator-cli, and the annotations
# from Debian's libgeronimo-annotation-1.3-spec-java; elsewhere, get both from Maven.
cd "$(dirname "$0")" && source ../common.sh

JARS=$("$BIN/python" -c 'import openapi_generator_cli; print(openapi_generator_cli.__path__[0])')/openapi-generator.jar
JARS=$JARS:/usr/share/java/geronimo-annotation-1.3-spec.jar

# containerDefaultToNull: without it, empty lists and maps are sent, which the API rejects.
# openApiNullable=false: its library isn't installed here, so the STOCK client has this flag too.
FLAGS=openApiNullable=false$(unless_stock ,containerDefaultToNull=true)

generate() {
    generator "$SPEC" java "$OUT/client" --library native --invoker-package tinyfish --api-package tinyfish.api \
        --model-package tinyfish.model --additional-properties="$FLAGS"
    generator "$SESSION_SPEC" java "$OUT/session" --library native --invoker-package session --api-package session.api \
        --model-package session.model --additional-properties="$FLAGS"
}

compile() { javac -nowarn -cp "$JARS" -d "$OUT/classes" $(find "$OUT/client/src/main" -name '*.java') 2>&1; }

program() {
    test_program Test.java "$OUT/Test.java"
    [ -z "${STOCK:-}" ] || sed -Ei 's/(return RUNS.*getStatus\(\));/\1.getValue();/' "$OUT/Test.java" # it was an enum
    javac -nowarn -cp "$JARS:$OUT/classes" -d "$OUT/classes" $(find "$OUT/session/src/main" -name '*.java') "$OUT/Test.java" 2>&1
}

run() { java -XX:TieredStopAtLevel=1 -Xshare:auto -cp "$JARS:$OUT/classes" Test "$@"; }

"$@"
