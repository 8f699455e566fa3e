"""What `tinyfish many` prints of a row."""

from __future__ import annotations

from tinyfish import Run
from tinyfish.cli.many_rows import document, table_row
from tinyfish.many.outcome import RunOutcome

RUN = Run.from_dict(
    {"run_id": "r-1", "status": "COMPLETED", "goal": "Read", "result": {"price": 49.0, "name": "Kettle"}}
)


def test_a_table_has_the_columns_of_the_file_and_those_of_the_result() -> None:
    given = {"name": "kettle", "url": "shop.example", "status": "new"}
    row = table_row(0, given, RunOutcome(key=0, run=RUN))
    assert list(row.items())[:6] == [
        ("key", 0),
        ("name", "kettle"),
        ("url", "shop.example"),
        ("input.status", "new"),
        ("price", 49.0),
        ("result.name", "Kettle"),
    ]
    assert row["status"] == "COMPLETED"


def test_json_has_the_row_and_the_result() -> None:
    told = document("a", {"name": "kettle"}, RunOutcome(key="a", run=RUN))
    assert (told["key"], told["input"], told["status"]) == ("a", {"name": "kettle"}, "COMPLETED")
    assert told["value"] == {"price": 49.0, "name": "Kettle"}
