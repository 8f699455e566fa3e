"""Rows as tables: the types of columns, the formats, and what spreadsheets would run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tinyfish_generated.models import RunStatus

from tinyfish import tables

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

MOMENT = datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
ROWS: list[dict[str, object]] = [
    {
        "id": "r1",
        "status": RunStatus.FAILED,
        "at": MOMENT,
        "steps": 3,
        "took": 1,
        "ok": False,
        "result": None,
    },
    {"id": "r2", "took": 1.5, "result": {"price": Decimal("12.50"), "tags": ["a", "b"]}, "never": None},
]


def test_pandas_gets_typed_columns_and_the_objects() -> None:
    table = tables.to_pandas(ROWS, kinds={"never": "datetime"})
    assert {name: str(kind) for name, kind in table.dtypes.items()} == {
        "id": "string",
        "status": "string",
        "at": "datetime64[us, UTC]",
        "steps": "Int64",
        "took": "float64",
        "ok": "boolean",
        "result": "object",
        "never": "datetime64[us, UTC]",
    }
    assert table["at"][0] == MOMENT
    assert table["status"][0] == "FAILED"
    assert table["result"][1]["tags"] == ["a", "b"]
    assert pandas.isna(table["steps"][1])


def test_polars_and_arrow_get_typed_columns_and_json() -> None:
    frame, table = tables.to_polars(ROWS), tables.to_arrow(ROWS)
    assert frame.schema["at"] == polars.Datetime("us", "UTC")
    assert table.schema.field("at").type == pyarrow.timestamp("us", tz="UTC")
    for column in (frame["result"].to_list(), table["result"].to_pylist()):
        assert column == [None, '{"price": "12.50", "tags": ["a", "b"]}']
    for rows in (frame.to_dicts(), table.to_pylist()):
        assert rows[0]["at"] == MOMENT
        assert rows[0] | {"at": 0, "result": 0} == {
            "id": "r1",
            "status": "FAILED",
            "at": 0,
            "steps": 3,
            "took": 1.0,
            "ok": False,
            "result": 0,
            "never": None,
        }


def test_parquet_is_the_arrow_table(tmp_path: Path) -> None:
    tables.to_parquet(ROWS, tmp_path / "rows.parquet")
    assert parquet.read_table(tmp_path / "rows.parquet").equals(tables.to_arrow(ROWS))


@pytest.mark.parametrize("make", [tables.to_pandas, tables.to_polars, tables.to_arrow])
@pytest.mark.parametrize(
    "values",
    [
        [2**64, 1],
        ["\ud800", None],
        [1, "one", {"a": 1}],
        [True, 1],
        [{"a": 1}, {"a": "x"}, [1], []],
        [datetime.min, datetime.max.replace(tzinfo=timezone(-timedelta(hours=5)))],
        [float("nan"), Decimal("NaN"), None],
        [("a", 1), frozenset({"b"}), object],
        [],
    ],
    ids=str,
)
def test_no_values_are_too_odd(make: Callable[[list[dict[str, Any]]], Any], values: list[Any]) -> None:
    assert len(make([{"value": value} for value in values])) == len(values)


@pytest.mark.parametrize("make", [tables.to_pandas, tables.to_polars, tables.to_arrow])
def test_no_name_is_too_odd(make: Callable[[list[dict[str, Any]]], Any]) -> None:
    assert len(make([{"\ud800": 1, "nul \0": 2, "": 3}])) == 1


def test_csv_is_read_back() -> None:
    rows = list(csv.DictReader(io.StringIO(tables.to_csv(ROWS) or "")))
    assert rows[0]["at"] == "2026-11-29T10:00:00.123456+00:00"
    assert rows[0]["status"] == "FAILED"
    assert rows[0]["result"] == rows[0]["never"] == ""
    assert json.loads(rows[1]["result"]) == {"price": "12.50", "tags": ["a", "b"]}
    assert tables.to_csv([]) == ""
    assert tables.to_csv([{"a": 'Say "hi",\nthen go'}]) == 'a\r\n"Say ""hi"",\nthen go"\r\n'


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "-", "\n=1"]
)
def test_csv_holds_no_formulas(text: str) -> None:
    """Neither in a cell nor in a header: with `flatten`, pages choose both."""
    written = tables.to_csv([{"value": text, text: 1}])
    header, row = csv.reader(io.StringIO(written or "", newline=""))
    assert header[1] == row[0] == f"'{text}"
    _, row = csv.reader(io.StringIO(tables.to_csv([{"value": text}], raw=True) or "", newline=""))
    assert row == [text]


@pytest.mark.parametrize("value", [-5, -1.5, "-5", "+4.25", "-1,5", "-1e-3", "a=b", "x-y", "'"])
def test_csv_keeps_what_is_no_formula(value: object) -> None:
    (_, [row]) = csv.reader(io.StringIO(tables.to_csv([{"value": value}]) or ""))
    assert row == str(value)


def test_json_lines_have_no_numbers_that_only_python_reads() -> None:
    row = {"none": float("nan"), "most": [float("-inf")], "text": "NaN"}
    [line] = (tables.to_jsonl([row]) or "").splitlines()
    assert json.loads(line, parse_constant=pytest.fail) == {"none": None, "most": [None], "text": "NaN"}


def test_json_lines_are_json() -> None:
    rows = [*ROWS, {"text": "half \ud83d of é", "nested": {"at": MOMENT, "pair": (1, RunStatus.RUNNING)}}]
    lines = [json.loads(line) for line in (tables.to_jsonl(rows) or "").splitlines()]
    assert lines[0]["at"] == "2026-11-29T10:00:00.123456Z"
    assert lines[1]["result"] == {"price": "12.50", "tags": ["a", "b"]}
    assert lines[2] == {
        "text": "half \ud83d of é",
        "nested": {"at": "2026-11-29T10:00:00.123456Z", "pair": [1, "RUNNING"]},
    }


def test_files_hold_what_is_returned(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    for write in (tables.to_csv, tables.to_jsonl):
        assert write(ROWS, path) is None
        assert path.read_bytes().decode() == write(ROWS)
    tables.to_jsonl([{"text": "\ud83d"}], path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"text": "\ud83d"}


def test_objects_are_flattened() -> None:
    rows = [{"id": 1, "result": {"price": {"net": 10, "a.b": 1}, "tags": ["x"], "none": {}}, "end": 2}]
    flat = list(tables.flatten(rows))
    assert flat == [
        {
            "id": 1,
            "result.price.net": 10,
            "result.price.a\\.b": 1,
            "result.tags": ["x"],
            "result.none": {},
            "end": 2,
        }
    ]
    assert list(flat[0]) == [
        *("id", "result.price.net", "result.price.a\\.b", "result.tags", "result.none", "end"),
    ]


def test_deep_objects_are_no_problem() -> None:
    deep: Any = 1
    for _ in range(20_000):
        deep = {"a": deep}
    rows = [{"result": deep}]
    assert (tables.to_csv(rows) or "").count('""a""') == 20_000
    assert (tables.to_jsonl(rows) or "").count('"a"') == 20_000
    assert tables.to_arrow(rows).num_rows == 1


@pytest.mark.parametrize(
    ("write", "package"),
    [
        (tables.to_pandas, "pandas"),
        (tables.to_polars, "polars"),
        (tables.to_arrow, "pyarrow"),
        (lambda rows: tables.to_parquet(rows, "x"), "pyarrow"),
    ],
)
def test_a_missing_library_is_named(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[Any], object], package: str
) -> None:
    for name in ("pandas", "polars", "pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=f"pip install {package}$") as caught:
        write([])
    assert caught.value.name == package


def test_moments_at_the_ends_of_the_calendar_are_utc() -> None:
    (column,) = tables.columns([{"at": datetime.max.replace(tzinfo=timezone(-timedelta(hours=5)))}])
    assert column.values[0].tzinfo is UTC
