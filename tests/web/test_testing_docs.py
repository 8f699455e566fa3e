"""docs/integrations/testing.md is correct: its tests run."""

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TEXT = (Path(__file__).parents[2] / "docs/integrations/testing.md").read_text(encoding="utf-8")


def test_all_of_them(pytester: pytest.Pytester) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    pytester.makepyfile(**{f"test_{number}": code for number, code in enumerate(blocks)})
    result = pytester.runpytest_subprocess(
        "--disable-plugin-autoload", "-ppytest_tinyfish", "-panyio.pytest_plugin", "-W", "error", timeout=60
    )
    result.assert_outcomes(passed=6)
