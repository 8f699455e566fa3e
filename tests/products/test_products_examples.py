"""The products' examples run, sync and async."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import example_site

from tinyfish.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples" / "products").glob("*.py"))


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with example_site() as url:
        yield url


def sandbox_for(code: str) -> Sandbox:
    """A sandbox, with browsers only if the code needs some."""
    return Sandbox(chromium=None if "profiles.setup" in code else False)


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_runs(example: Path, mode: str, site: str, tmp_path: Path) -> None:
    code = example.read_text(encoding="utf-8").replace("https://example.com", site)
    program = tmp_path / example.name
    program.write_text(code)
    with sandbox_for(code) as sandbox:
        environment = os.environ | {"TINYFISH_API_KEY": sandbox.api_key, "TINYFISH_BASE_URL": sandbox.url}
        command = [sys.executable, str(program), *(["--async"] if mode == "async" else [])]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=40)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
