"""The test in docs/recipes/fastapi.md passes, with the application of that page."""

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TEXT = (Path(__file__).parents[2] / "docs/recipes/fastapi.md").read_text(encoding="utf-8")


def test_it(pytester: pytest.Pytester) -> None:
    app, test = re.findall(r"^```py(?:thon)?\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    pytester.makepyfile(app=app, test_app=test)
    pytester.syspathinsert()
    result = pytester.runpytest_subprocess(
        "--disable-plugin-autoload", "-ppytest_tinyfish", "-panyio.pytest_plugin", timeout=60
    )
    result.assert_outcomes(passed=2)
