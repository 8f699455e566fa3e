"""Check that openapi.yaml is valid, and that generators for other languages can use it.

    python tools/check_spec.py      run all checks, like `make check-spec`

These are the strictest tools that are fast: linters, TypeScript compilers on the output of four generators, a PHP
parser, and a mock server for the Python client. `make clients` goes further and runs clients against the sandbox.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import check_prism
import spec_changes
import spec_rules
import yaml

from tinyfish import SDKError

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("openapi.yaml", "openapi-session.yaml")
BUILD = ROOT / "build" / "spec"
NODE = ROOT / "node_modules" / ".bin"
GENERATOR = Path(sys.executable).with_name("openapi-generator-cli")

TSC = (
    *("--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"),
    *("--module", "esnext", "--moduleResolution", "bundler"),
)


class FailedError(Exception):
    """A check failed."""


def main() -> int:
    """Run all checks, and list the failed ones."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    failed = 0
    for check in CHECKS:
        name = (check.__doc__ or "").rstrip(".")
        try:
            check()
        except FailedError as error:
            failed += 1
            print(f"FAILED  {name}\n{error}")
        else:
            print(f"ok      {name}")
    return 1 if failed else 0


def our_rules() -> None:
    """The rules of tools/spec_rules.py."""
    lines = [
        f"{name}: {line}"
        for name in DOCUMENTS
        for line in spec_rules.broken(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))
    ]
    if lines:
        raise FailedError("\n".join(lines))


def version() -> None:
    """The version number reflects the changes since the last release (tools/spec_changes.py)."""
    lines = spec_changes.problems()
    if lines:
        raise FailedError("\n".join(lines))


def redocly() -> None:
    """Redocly's recommended rules, strictly."""
    run([NODE / "redocly", "lint", *DOCUMENTS])


def spectral() -> None:
    """Spectral's rules for OpenAPI."""
    rules = BUILD / "spectral.yaml"
    rules.write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    run([NODE / "spectral", "lint", "--ruleset", rules, "--fail-severity", "warn", *DOCUMENTS])


def swagger_parser() -> None:
    """swagger-parser, which many Node tools use."""
    script = (
        "import parser from '@apidevtools/swagger-parser';"
        f"for (const name of {json.dumps(DOCUMENTS)}) await parser.validate(name);"
    )
    run(["node", "--input-type=module", "--eval", script])


def openapi_typescript() -> None:
    """The output of openapi-typescript compiles."""
    target = BUILD / "openapi-typescript" / "openapi.d.ts"
    run([NODE / "openapi-typescript", "openapi.yaml", "--default-non-nullable=false", "--output", target])
    compile_typescript(target)


def hey_api() -> None:
    """The output of hey-api compiles."""
    target = BUILD / "hey-api"
    plugins = ("@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch")
    run([NODE / "openapi-ts", "--input", "openapi.yaml", "--output", target, "--plugins", *plugins])
    compile_typescript(target / "index.ts", target / "client.gen.ts")


def orval() -> None:
    """The output of orval compiles."""
    target = BUILD / "orval" / "tinyfish.ts"
    config = BUILD / "orval.config.cjs"
    options = {"input": str(ROOT / "openapi.yaml"), "output": {"target": str(target), "client": "fetch"}}
    config.write_text(f"module.exports = {json.dumps({'tinyfish': options})};\n", encoding="utf-8")
    run([NODE / "orval", "--config", config])
    compile_typescript(target)


def openapi_generator_typescript() -> None:
    """The TypeScript output of openapi-generator (fetch) compiles."""
    target = BUILD / "typescript-fetch"
    # All but the webhook, for which its output imports names that it doesn't generate.
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    tags = ":".join(tag["name"].title() for tag in document["tags"] if tag["name"] != "webhook")
    apis = f"apis={tags},models,supportingFiles"
    # Its runtime has a FetchError already.
    generate(
        "typescript-fetch", target, "--global-property", apis, "--model-name-mappings", "FetchError=PageError"
    )
    compile_typescript(target / "index.ts")


def php() -> None:
    """The PHP output of openapi-generator is valid syntax."""
    target = BUILD / "php"
    generate("php", target)
    for path in sorted((target / "lib").rglob("*.php")):
        run(["php", "-l", path])


def prism() -> None:
    """The Python client works with Prism's mock server, sync and async."""
    try:
        check_prism.check()
    except (AssertionError, SDKError) as error:
        raise FailedError(repr(error)) from error


CHECKS: Sequence[Callable[[], None]] = (
    our_rules,
    version,
    redocly,
    spectral,
    swagger_parser,
    openapi_typescript,
    hey_api,
    orval,
    openapi_generator_typescript,
    php,
    prism,
)


def generate(language: str, target: Path, *options: str) -> None:
    """Generate a client with openapi-generator."""
    run([GENERATOR, "generate", "-i", "openapi.yaml", "-g", language, "-o", target, *options])


def compile_typescript(*files: Path) -> None:
    """Compile TypeScript files and their imports."""
    run([NODE / "tsc", *TSC, *files])


def run(command: Sequence[str | Path]) -> None:
    """Run a command in the repository, silently.

    Raises:
        FailedError: It failed; the message is its output.
    """
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise FailedError((done.stdout + done.stderr).strip()[-4000:])


if __name__ == "__main__":
    sys.exit(main())
