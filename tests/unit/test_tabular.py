"""Lists and iterators as tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from tinyfish_generated.models import FetchResponse, MonitorListResponse, ResearchListResponse
from tinyfish_generated.types import ListModel
from values import model_classes

from tinyfish import Run, RunsBatchResponse
from tinyfish._core.calls.async_items import AsyncItems
from tinyfish._core.calls.items import Items
from tinyfish.models import RunListResponse

RUN: dict[str, Any] = {
    "run_id": "r1",
    "status": "COMPLETED",
    "goal": "Read the price",
    "created_at": "2026-11-01T09:00:00Z",
    "started_at": "2026-11-01T09:00:01Z",
    "finished_at": "2026-11-01T09:01:09.5Z",
    "result": {"price": 12.5, "name": "=HYPERLINK(1)"},
    "new_field": "x",
}
RUNS = {"data": [RUN, RUN | {"run_id": "r2", "status": "new", "result": None}], "pagination": {}}
FLAT = ("result.price", "result.name")


def test_a_page_of_runs_is_a_typed_table() -> None:
    pytest.importorskip("pandas")
    table = RunListResponse.from_dict(RUNS).to_pandas(flatten=True)
    assert list(table["status"]) == ["COMPLETED", "new"]
    assert list(table["duration"]) == [68.5, 68.5]
    assert table["result.price"][0] == 12.5
    kinds = {name: str(kind) for name, kind in table.dtypes.items()}
    for name in ("created_at", "started_at", "finished_at"):
        assert kinds[name] == "datetime64[us, UTC]"
    assert (kinds["num_of_steps"], kinds["video_url"], kinds["new_field"]) == ("Int64", "string", "string")


@pytest.mark.parametrize("write", ["to_pandas", "to_polars", "to_arrow"])
def test_an_empty_page_has_the_same_columns(write: str) -> None:
    pytest.importorskip("pandas")
    empty = getattr(RunListResponse.from_dict(RUNS | {"data": []}), write)()
    full = getattr(RunListResponse.from_dict(RUNS | {"data": [RUN | {"new_field": None}]}), write)()
    names = list(empty.schema.names if write == "to_arrow" else empty.columns)
    assert set(full.schema.names if write == "to_arrow" else full.columns) - set(names) == {"new_field"}
    assert len(empty) == 0
    assert names[:4] == ["run_id", "status", "goal", "created_at"]


def test_csv_and_json_lines() -> None:
    page = RunsBatchResponse.from_dict(RUNS)
    first, second = csv.DictReader(io.StringIO(page.to_csv(flatten=True) or ""))
    assert (first["result.name"], first["result.price"]) == ("'=HYPERLINK(1)", "12.5")
    assert second["result.name"] == ""
    assert first["created_at"] == "2026-11-01T09:00:00+00:00"
    assert json.loads((page.to_jsonl() or "").splitlines()[0]) == page.data[0].to_dict()
    (plain, _) = csv.DictReader(io.StringIO(page.to_csv() or ""))
    assert json.loads(plain["result"]) == RUN["result"]


@pytest.mark.parametrize(
    "kind", [k for k in model_classes() if issubclass(k, ListModel)], ids=lambda k: k.__name__
)
def test_every_list_of_every_product_is_a_table(kind: type[ListModel]) -> None:
    pytest.importorskip("pandas")
    odd = kind.from_dict({alias: [{"id": "x"}, 1] for alias in kind._entries})
    for flatten in (False, True):
        assert len(odd.to_pandas(flatten=flatten)) == 2 * len(kind._entries)
    assert (odd.to_jsonl() or "").count("\n") == 2 * len(kind._entries)


def test_products() -> None:
    monitors = MonitorListResponse.from_dict(
        {"monitors": [{"id": "m1", "config": {"url": "https://a.example"}}]}
    )
    assert "config.url" in (monitors.to_csv(flatten=True) or "")
    pages = FetchResponse.from_dict({"results": [{"url": "u1"}], "errors": [{"url": "u2", "error": "x"}]})
    assert [row["url"] for row in csv.DictReader(io.StringIO(pages.to_csv() or ""))] == ["u1", "u2"]
    assert (ResearchListResponse.from_dict({"data": []}).to_csv() or "").startswith(
        "research_run_id,status,query"
    )


@dataclass
class Product:
    name: str
    price: float


def runs() -> Generator[Any]:
    yield Run.from_dict(RUN)
    yield Run.from_dict(RUN | {"run_id": "r2"})


async def async_runs() -> AsyncGenerator[Any]:
    for run in runs():
        yield run


def test_an_iterator_is_a_table_of_what_is_left() -> None:
    items = Items(runs())
    assert next(items).run_id == "r1"
    assert [row["run_id"] for row in csv.DictReader(io.StringIO(items.to_csv() or ""))] == ["r2"]
    assert items.to_jsonl() == ""
    assert Items(iter_of(Product("Kettle", 12.5))).to_csv() == "name,price\r\nKettle,12.5\r\n"
    assert Items(iter_of({"a": 1})).to_csv() == "a\r\n1\r\n"


def iter_of(item: Any) -> Generator[Any]:
    yield item


@pytest.mark.anyio
async def test_an_async_iterator_too() -> None:
    assert (await AsyncItems(async_runs()).to_csv(flatten=True) or "").count("\n") == 3
    assert (await AsyncItems(async_runs()).to_jsonl() or "").count("\n") == 2
    pytest.importorskip("pandas")
    for write in ("to_pandas", "to_polars", "to_arrow"):
        assert len(await getattr(AsyncItems(async_runs()), write)()) == 2


def test_an_iterator_is_still_a_generator() -> None:
    closed: list[str] = []

    def native() -> Generator[int]:
        try:
            while True:
                try:
                    yield 1
                except KeyError:
                    yield 2
        finally:
            closed.append("closed")

    items = Items(native())
    assert next(iter(items)) == 1
    assert items.throw(KeyError()) == 2
    assert items.send(None) == 1
    items.close()
    items.close()
    assert closed == ["closed"]
    left = Items(native())
    next(left)
    del left
    assert closed == ["closed", "closed"]
