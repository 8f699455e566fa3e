"""docs/other-languages.md shows code that `make clients` runs."""

import re
import textwrap
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "other-languages.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
CONTRACT = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("name", ["docs/other-languages.md", "clients/python/client.sh"])
def test_the_python_client_has_all_products(name: str) -> None:
    listed = re.search(r"apis=([\w:]+),models", (ROOT / name).read_text(encoding="utf-8"))
    assert listed
    assert {*listed[1].split(":"), "webhook"} == {tag["name"] for tag in CONTRACT["tags"]}


def test_the_contracts_changelog_names_all_operations() -> None:
    """Those of 1.0.0 are listed if they have another name now."""
    released = (ROOT / "contract/released/openapi-1.0.0.yaml").read_text(encoding="utf-8")
    changelog = (ROOT / "docs/contract-changelog.md").read_text(encoding="utf-8")
    names = {
        operation["operationId"]
        for path in CONTRACT["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", released + changelog)] == []
