"""The outcomes of a job as files and tables."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import attrs
import msgspec
import pydantic
import pytest
from typed_runs import run as run_document

from tinyfish import InvalidArgumentError, Run, RunOutcome
from tinyfish.many.async_exports import AsyncExports
from tinyfish.many.exports import Exports
from tinyfish.many.rows import plain
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted

pytestmark = pytest.mark.anyio


@attrs.frozen
class Product:
    name: str
    price: float
    error: str | None = None


def outcome(key: object, result: object, **more: Any) -> RunOutcome[Product]:
    document = run_document(result, f"r-{key}", num_of_steps=3, **more)
    return RunOutcome(key=key, run=with_wanted(Run.model_validate(document), PRODUCT))


PRODUCT: Wanted[Product] = Wanted(Product, {})


OUTCOMES: list[RunOutcome[Any]] = [
    RunOutcome(key="bad", failure=InvalidArgumentError("url is empty")),
    outcome("kettle", {"name": "Kettle", "price": "$1,249.50"}),
    outcome("lamp", None, status="FAILED", error={"message": "No\nlamp"}),
    outcome("mat", {"name": "=HYPERLINK(1)", "price": 5, "error": "worn"}),
]


class Job(Exports[Any, Product]):
    def __iter__(self) -> Iterator[tuple[Any, RunOutcome[Product]]]:
        yield from ((one.key, one) for one in OUTCOMES)


class AsyncJob(AsyncExports[Any, Product]):
    async def __aiter__(self) -> AsyncIterator[tuple[Any, RunOutcome[Product]]]:
        for one in OUTCOMES:
            yield one.key, one


async def exported(flavour: str, method: str, *arguments: Any, **options: Any) -> Any:
    if flavour == "sync":
        return getattr(Job(), method)(*arguments, **options)
    return await getattr(AsyncJob(), method)(*arguments, **options)


async def test_a_csv_has_a_row_for_each_item(flavour: str, anyio_backend: str, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    await exported(flavour, "to_csv", path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("key", "name", "price", "result.error"),
        *("error", "status", "run_id", "num_of_steps", "from_ledger", "from_cache"),
    ]
    assert [(row["key"], row["name"], row["price"], row["status"]) for row in rows] == [
        ("bad", "", "", ""),
        ("kettle", "Kettle", "1249.5", "COMPLETED"),
        ("lamp", "", "", "FAILED"),
        ("mat", "'=HYPERLINK(1)", "5.0", "COMPLETED"),
    ]
    assert [row["error"] for row in rows] == [
        "InvalidArgumentError: url is empty",
        "",
        f"RunFailedError: {OUTCOMES[2].error}",
        "",
    ]
    assert [row["result.error"] for row in rows] == ["", "", "", "worn"]


async def test_json_lines_are_whole_outcomes(flavour: str, anyio_backend: str, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    await exported(flavour, "to_jsonl", path)
    lines = path.read_bytes().decode().splitlines()
    assert [json.loads(line) for line in lines] == [one.to_dict() for one in OUTCOMES]


async def test_data_frames_and_parquet(flavour: str, anyio_backend: str, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    path = tmp_path / "out.parquet"
    await exported(flavour, "to_parquet", path)
    frames = [
        await exported(flavour, "to_pandas"),
        await exported(flavour, "to_polars"),
        polars.read_parquet(path),
    ]
    for frame in frames:
        assert [float(price) for price in frame["price"] if price is not None and price == price] == [
            1249.5,
            5.0,
        ]
        assert list(frame["key"]) == ["bad", "kettle", "lamp", "mat"]
    assert isinstance(frames[0], pandas.DataFrame)


@pytest.mark.parametrize("method", ["to_csv", "to_parquet"])
async def test_a_place_that_cant_be_written_is_known_before_anything_is_paid(
    flavour: str, anyio_backend: str, method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if method == "to_parquet":
        pytest.importorskip("pyarrow")

    def read(self: object) -> Any:
        raise AssertionError

    monkeypatch.setattr(Job, "__iter__", read)
    monkeypatch.setattr(AsyncJob, "__aiter__", read)
    with pytest.raises(FileNotFoundError):
        await exported(flavour, method, tmp_path / "no such folder" / "out")


def test_values_of_all_kinds_of_classes() -> None:
    class Msg(msgspec.Struct):
        name: str

    class Model(pydantic.BaseModel):
        name: str

    class Named(NamedTuple):
        name: str

    class Typed(TypedDict):
        name: str

    @dataclasses.dataclass
    class Data:
        name: str
        inner: list[Msg]

    for value in (Msg("a"), Model(name="a"), Named("a"), Typed(name="a")):
        assert plain([value]) == [{"name": "a"}]
    assert plain({"x": Data("a", [Msg("b")])}) == {"x": {"name": "a", "inner": [{"name": "b"}]}}


def test_many_rows_need_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tracemalloc

    def many(self: object) -> Iterator[tuple[Any, RunOutcome[Product]]]:
        for number in range(300):
            yield number, outcome(number, {"name": "x" * 10_000, "price": number})

    monkeypatch.setattr(Job, "__iter__", many)
    tracemalloc.start()
    try:
        Job().to_csv(tmp_path / "out.csv")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "out.csv").stat().st_size > 3_000_000
    assert peak < 1_500_000
