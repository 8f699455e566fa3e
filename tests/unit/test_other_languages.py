"""docs/other-languages.md shows code that `make clients` runs."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "other-languages.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
PROGRAMS = [path for path in (ROOT / "clients").rglob("*") if path.stem.lower() == "test"]


@pytest.mark.parametrize(
    "block", [code for _, code in BLOCKS], ids=[f"{n}-{lang}" for n, (lang, _) in enumerate(BLOCKS)]
)
def test_each_block_is_part_of_a_test_program(block: str) -> None:
    assert any(
        textwrap.indent(block, indent).rstrip() in program.read_text(encoding="utf-8")
        for program in PROGRAMS
        for indent in ("", "    ")
    )


def test_the_table_is_there() -> None:
    assert "| against the sandbox |" in TEXT
