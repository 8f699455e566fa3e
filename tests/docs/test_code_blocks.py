"""Every Python block of README.md and of the documentation runs as it stands, against a sandbox and the example site.

`make check-examples` checks their types.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from docsite.code_blocks import CodeBlock, code_blocks
from programs import hurry, run_program

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox

ROOT = Path(__file__).parents[2]

# Pages whose blocks need more than a sandbox. The tests named here run them.
ELSEWHERE = {"docs/scale.md": "tests/contrib/test_scale_docs.py"}
INTEGRATIONS = "docs/integrations/"


def _has_a_test(page: str) -> bool:
    """Whether a page about a framework has a test of its own."""
    tests = (ROOT / "tests").rglob("test_*.py")
    return any(page.removeprefix("docs/") in test.read_text(encoding="utf-8") for test in tests)


TESTED = {
    page for page in {block.page for block in code_blocks()} if INTEGRATIONS in page and _has_a_test(page)
}
BLOCKS = [
    pytest.param(block, id=f"{block.page}:{block.line}")
    for block in code_blocks()
    if block.page not in ELSEWHERE and block.page not in TESTED
]

# What makes a block need a browser.
BROWSER = ("browser.sessions", "profiles.setup", "sessions.create")
# What it says that it prints.
PRINTED = re.compile(r"# ((?:list\[|\$|Product\().*)$", re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs_as_it_stands(
    block: CodeBlock,
    example_address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    has_browser = any(each in block.code for each in BROWSER)
    sandbox: Sandbox = request.getfixturevalue("account_with_browsers" if has_browser else "account")
    monkeypatch.setenv("TINYFISH_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TINYFISH_BASE_URL", sandbox.url)
    monkeypatch.chdir(tmp_path)
    hurry(monkeypatch)
    code = block.code.replace("https://example.com", example_address)
    run_program(code, block.page, block.line, then=lambda names: _finish(names, request))
    printed = capsys.readouterr().out
    for said in PRINTED.findall(block.code):
        assert said in printed


def _finish(names: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """Run the tests that a block defines, and close the client that it left open."""
    for test in [value for name, value in names.items() if name.startswith("test_")]:
        test(**{name: request.getfixturevalue(name) for name in inspect.signature(test).parameters})
        if "tinyfish_sandbox" in inspect.signature(test).parameters:
            request.getfixturevalue("tinyfish_sandbox").reset()
    client = names.get("client")
    if isinstance(client, TinyFish):
        client.close()


def test_what_runs_elsewhere_does() -> None:
    for page, test in ELSEWHERE.items():
        assert page in (ROOT / test).read_text(encoding="utf-8")
