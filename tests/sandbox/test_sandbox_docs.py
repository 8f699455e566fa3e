"""The tables of docs/sandbox.md are complete."""

import re
from pathlib import Path

import yaml

from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.script.faults import FaultOptions
from tinyfish.sandbox.script.forms import FRAMINGS
from tinyfish.sandbox.script.rules import RuleOptions

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "sandbox.md").read_text(encoding="utf-8")


def test_the_file_is_one_of_rules_and_faults(tmp_path: Path) -> None:
    text = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)[0]
    assert set(yaml.safe_load(text)) == {"rules", "faults"}
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    Sandbox(rules=file)


def test_every_option_is_told() -> None:
    for name in [*RuleOptions.__annotations__, *FaultOptions.__annotations__, *FRAMINGS]:
        assert re.search(rf"`[^`]*\b{name}\b", TEXT), name
