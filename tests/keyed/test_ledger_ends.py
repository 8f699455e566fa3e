"""What a ledger keeps of the end of a run, and how it's read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tinyfish import Ledger
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish._core.keyed.keyed_start import KeyedStart
from tinyfish.ledger.book import Book
from tinyfish.models import CompleteEvent, Run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def book(path: Path) -> Iterator[Book]:
    """A ledger with one run, "r1", which was started with the key "a"."""
    with Ledger(path) as ledger:
        book = Book(ledger, "https://api.example", SYSTEM_CLOCK)
        book.claim_many([KeyedStart("a", {"goal": "Read", "url": "https://example.com"})]).result()
        book.record_runs([("a", 1, "r1")]).result()
        yield book


@pytest.mark.parametrize("name", ["result", "result_json", "resultJson"])
@pytest.mark.parametrize(
    ("sent", "result"),
    [
        ({"a": [1, "ü\ud800", None]}, {"a": [1, "ü\ud800", None]}),
        ('{"a": 1}', {"a": 1}),
        ("a text", "a text"),
        ([], []),
        (None, None),
    ],
)
def test_a_result_is_read_without_the_rest(book: Book, name: str, sent: object, result: object) -> None:
    event = {"timestamp": "2026-01-01T00:00:00Z", "run_id": "r1", "status": "COMPLETED", name: sent}
    book.record_ends([CompleteEvent.decode({"type": "COMPLETE", **event})]).result()
    entry = book.ledger.get("a")
    assert entry is not None
    assert entry.result == result
    assert entry.run is not None
    assert entry.run.result == result


def test_a_result_of_any_depth_is_read(book: Book) -> None:
    deep: Any = {}
    for _ in range(3_000):
        deep = {"a": deep}
    book.record_ends([Run.decode({"run_id": "r1", "status": "COMPLETED", "result": deep})]).result()
    entry = book.ledger.get("a")
    assert entry is not None
    found, depth = entry.result, 0
    while found:
        found, depth = found["a"], depth + 1
    assert depth == 3_000


@pytest.mark.parametrize(
    ("document", "result"), [('{"error":{"message":"x"}}', None), ("{}", None), ('{"a":1,"result":[2]}', [2])]
)
def test_a_document_need_not_begin_with_the_result(
    book: Book, path: Path, document: str, result: Any
) -> None:
    with sqlite3.connect(path) as other:
        other.execute("UPDATE starts SET status = 'COMPLETED', document = ?", (document,))
    other.close()
    entry = book.ledger.get("a")
    assert entry is not None
    assert entry.result == result


def test_what_a_job_gives_can_be_changed_before_it_is_recorded(book: Book) -> None:
    seen = Run.decode({"run_id": "r1", "status": "COMPLETED", "result": {"price": 1}})
    with book.ledger.writer._using:  # nothing is written meanwhile
        recorded = evolve(book, is_awaited=False).record_ends([seen])
        assert seen.result is not None
        seen.result["at"] = object()
    recorded.result()
    entry = book.ledger.get("a")
    assert entry is not None
    assert entry.result == {"price": 1}
