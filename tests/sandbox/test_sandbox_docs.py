"""docs/sandbox.md is correct: its code blocks run, and its tables are complete."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.script.faults import FaultOptions
from tinyfish.sandbox.script.forms import FRAMINGS
from tinyfish.sandbox.script.rules import RuleOptions

pytest_plugins = ["pytester"]

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "sandbox.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("code", [code for code in PYTHON if "def test_" not in code])
def test_a_program_runs(
    code: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    if "sessions.create" in code:
        request.getfixturevalue("browser")
    names: dict[str, Any] = {}
    exec(compile(code, "docs/sandbox.md", "exec"), names)
    if "client" in names:
        names["client"].close()
    if "print" in code:
        assert capsys.readouterr().out


def test_the_tests_run(pytester: pytest.Pytester) -> None:
    for code in PYTHON:
        if "def test_" in code:
            pytester.makepyfile(code)
    result = pytester.runpytest_subprocess("--disable-plugin-autoload", "-p", "pytest_tinyfish", timeout=60)
    result.assert_outcomes(passed=2)


def test_the_file_is_one_of_rules_and_faults(tmp_path: Path) -> None:
    text = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)[0]
    assert set(yaml.safe_load(text)) == {"rules", "faults"}
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    Sandbox(rules=file)


def test_every_option_is_told() -> None:
    for name in [*RuleOptions.__annotations__, *FaultOptions.__annotations__, *FRAMINGS]:
        assert re.search(rf"`[^`]*\b{name}\b", TEXT), name


def test_every_link_leads_somewhere() -> None:
    headings = {re.sub(r"\W+", "-", title.lower()) for title in re.findall(r"^## (.*)$", TEXT, re.MULTILINE)}
    for target in re.findall(r"\]\((.*?)\)", TEXT):
        assert (target[1:] in headings) if target.startswith("#") else (DOCS / target).is_file(), target
