"""The tables of docs/typed-results.md match the code."""

from __future__ import annotations

import ast
import json
import re
import typing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pydantic
import pytest
from annotated_types import Ge

from tinyfish import ResultMismatchError, SchemaError, read_as, schema_for
from tinyfish.typed import RepairName, read

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "typed-results.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = [
    (match[1], TEXT.count("\n", 0, match.start(1)) + 1)
    for match in re.finditer(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
]
NAMES = {
    each.__name__: each for each in (Decimal, Ge, UUID, date, datetime, time, timedelta)
} | typing.__dict__


def executed(code: str, line: int) -> dict[str, Any]:
    """Run a block as a program; tracebacks tell the page's own lines."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("\n" * (line - 1) + code, str(PAGE), "exec", dont_inherit=True), names)
    return names


def table(header: str) -> list[list[str]]:
    """The cells of the table with this header."""
    rows = re.search(rf"^\| {re.escape(header)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    assert rows is not None
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        for row in rows[1].splitlines()
    ]


def code(cell: str) -> str | None:
    """What a cell says in code, if it is nothing but code."""
    match = re.fullmatch(r"`(.*)`", cell)
    return match and match[1]


def test_the_types_are_asked_for_as_the_table_says() -> None:
    rows = table("Type")
    for type_, schema, _ in rows:
        returns = eval(code(type_) or "", NAMES)
        asked = schema_for(typing.NamedTuple("Holder", [("it", returns)]))["properties"]["it"]
        assert asked == json.loads(code(schema) or ""), type_
    assert len(rows) > 15


def test_the_repairs_are_those_of_the_table() -> None:
    [(block, line)] = [(block, line) for block, line in BLOCKS if "class Cup" in block]
    names = executed(block, line)
    rows = table("Repair")
    names |= NAMES
    for name, returns, came, read_as_ in rows:
        if came_code := code(came):
            raw, asked = ast.literal_eval(came_code), eval(code(returns) or "", names)
            reading = read(asked, raw)
            assert reading.value == eval(code(read_as_) or "", names), name
            assert [repair.name for repair in reading.repairs] == [code(name)]
            with pytest.raises(ResultMismatchError):
                read_as(asked, raw, strict=True)
    assert {code(row[0]) for row in rows} == set(typing.get_args(RepairName))


class Order(pydantic.BaseModel):
    at: datetime


def test_the_repair_by_the_class_itself() -> None:
    [repair] = read(Order, {"at": 1793523600}).repairs
    assert repair.name == "read-by-class"


def test_what_cannot_be_said_is_refused() -> None:
    [refused] = [what for what, happens in table("What") if "Flag" in what and happens == "`SchemaError`"]
    import enum

    for spelled in ("tuple[int, str]", "bytes", "complex"):
        assert f"`{spelled}`" in refused
    for returns in (tuple[int, str], bytes, complex, enum.Flag("Colour", "RED"), dict[int, str], Exception):
        with pytest.raises(SchemaError):
            schema_for(returns)
