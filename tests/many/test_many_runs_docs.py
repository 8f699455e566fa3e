"""The programs in docs/many-runs.md run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from programs import example_site, run_program

from tinyfish.sandbox import Sandbox

DOCUMENT = (Path(__file__).parents[2] / "docs" / "many-runs.md").read_text(encoding="utf-8")
BLOCKS = [
    pytest.param(match[1], id=f"line {DOCUMENT.count(chr(10), 0, match.start(1)) + 1}")
    for match in re.finditer(r"^```python\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
]


@pytest.mark.parametrize("code", BLOCKS)
def test_a_block_runs_as_it_stands(
    code: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TINYFISH_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TINYFISH_BASE_URL", sandbox.url)
    monkeypatch.chdir(tmp_path)
    with example_site() as site:
        run_program(code.replace("https://example.com", site), "docs/many-runs.md")
