#!/usr/bin/env bash
# Kotlin, by openapi-generator. Its HTTP libraries (OkHttp 5, Ktor, ...) are in neither Debian nor npm, so only the
# models are compiled, and the test program sends them with the JDK's HTTP client. Gson is Debian's
# libgoogle-gson-java, and the compiler is npm's kotlin-compiler.
cd "$(dirname "$0")" && source ../common.sh

LIB=$ROOT/node_modules/kotlin-compiler/lib
GSON=/usr/share/java/gson.jar

kotlinc() { # JAR FILE...
    java -cp "$LIB/kotlin-compiler.jar:$LIB/kotlin-stdlib.jar:$LIB/kotlin-script-runtime.jar:$LIB/kotlin-reflect.jar:$LIB/kotlinx-coroutines-core-jvm.jar:$LIB/annotations-13.0.jar" \
        org.jetbrains.kotlin.cli.jvm.K2JVMCompiler -nowarn -no-stdlib -no-reflect -d "$1" \
        -cp "$LIB/kotlin-stdlib.jar:$GSON:$OUT/models.jar" "${@:2}" 2>&1
}

generate() {
    generator "$SPEC" kotlin "$OUT/client" --package-name tinyfish --global-property models \
        --additional-properties=serializationLibrary=gson
    generator "$SESSION_SPEC" kotlin "$OUT/session" --package-name session --global-property models \
        --additional-properties=serializationLibrary=gson
}

compile() { kotlinc "$OUT/models.jar" "$OUT/client/src/main/kotlin"; }

program() {
    test_program Test.kt "$OUT/Test.kt"
    kotlinc "$OUT/test.jar" "$OUT/session/src/main/kotlin" "$OUT/Test.kt"
}

run() {
    java -XX:TieredStopAtLevel=1 -cp "$OUT/test.jar:$OUT/models.jar:$LIB/kotlin-stdlib.jar:$GSON" TestKt "$@"
}

"$@"
