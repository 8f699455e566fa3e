"""Datasets. Their rows are pages that the sandbox's search finds; no agent invents anything."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_events import LiveEvent, LiveEvents
from tinyfish.sandbox.records import Record, Records
from tinyfish.sandbox.script.rules import Rule, Rules
from tinyfish.sandbox.search_index import FoundPage, SearchIndex

_log = logging.getLogger("tinyfish.sandbox")

_LIVE = ("queued", "running")
_LEAST_WORDS = 2
_TARGET_ROWS = 100


class Datasets:
    """All datasets of a sandbox.

    Args:
        records: Keeps them, with their rows.
        index: Finds the pages that become rows.
        rules: The rules that replace searching.
        step_delay: The minimum time for each row in seconds.
    """

    def __init__(self, records: Records, index: SearchIndex, rules: Rules, *, step_delay: float) -> None:
        self._records = records
        self._index = index
        self._rules = rules
        self._step_delay = step_delay
        self._tasks: set[asyncio.Task[None]] = set()
        self._events: dict[str, LiveEvents] = {}
        for record in records.all():
            run: JsonObject | None = record.document["dataset"]["run"]
            if run is not None and run["status"] in _LIVE:
                self._end(record.id, record.document, "failed", "The sandbox was stopped meanwhile")

    def plan(self, prompt: str) -> JsonObject:
        """The columns for a description.

        Raises:
            ApiError: It says too little.
        """
        rule = self._rules.find("datasets", prompt=prompt)
        if rule is not None and "spec" in rule.options:
            scripted: JsonObject = rule.options["spec"]
            return scripted
        words = prompt.split()
        if len(words) < _LEAST_WORDS:
            raise ApiError(422, "Say more about the rows", code="INVALID_INPUT")
        return {
            "name": " ".join(words[:3]),
            "description": prompt,
            "columns": [
                {"name": "title", "label": "Title", "type": "string", "is_primary_key": False},
                {"name": "url", "label": "Page", "type": "url", "is_primary_key": True},
            ],
        }

    def create(self, asked: JsonObject) -> JsonObject:
        """Create a dataset, and fill it unless that isn't wanted."""
        spec: JsonObject = asked["spec"] if "spec" in asked else self.plan(asked["prompt"])
        dataset_id = f"ds-{uuid.uuid4()}"
        entry: JsonObject = {
            "dataset": {
                "id": dataset_id,
                "name": spec["name"],
                "spec": spec,
                "status": "empty",
                "target_rows": asked.get("target_rows", _TARGET_ROWS),
                "row_count": 0,
                "run": None,
                "created_at": clock.now(),
            },
            "prompt": asked.get("prompt", spec["description"]),
            "rows": [],
        }
        self._records.add(dataset_id, entry)
        return self.populate(dataset_id, {}) if asked.get("populate", True) else entry["dataset"]

    def populate(self, dataset_id: str, asked: JsonObject) -> JsonObject:
        """Fill a dataset.

        Raises:
            ApiError: It's being filled already.
        """
        entry = self._entry(dataset_id)
        dataset: JsonObject = entry["dataset"]
        self._refuse_live(dataset)
        rows: list[JsonObject] = [] if asked.get("reset") else entry["rows"]
        entry["rows"] = rows
        dataset["target_rows"] = asked.get("target_rows", dataset["target_rows"])
        dataset["run"] = {"id": f"dr-{uuid.uuid4()}", "status": "queued", "started_at": clock.now()}
        dataset |= {"status": "populating", "row_count": len(rows)}
        self._records.save(dataset_id, entry)
        self._events[dataset["run"]["id"]] = LiveEvents()
        task = asyncio.create_task(self._fill(dataset_id, dataset["run"]["id"]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return dataset

    def get(self, dataset_id: str) -> JsonObject:
        """One dataset."""
        dataset: JsonObject = self._entry(dataset_id)["dataset"]
        return dataset

    def newest_first(self) -> list[Record]:
        """All datasets."""
        return self._records.newest_first()

    def rows(self, dataset_id: str) -> list[JsonObject]:
        """The rows of a dataset."""
        rows: list[JsonObject] = self._entry(dataset_id)["rows"]
        return rows

    def delete(self, dataset_id: str) -> None:
        """Delete a dataset.

        Raises:
            ApiError: It's being filled.
        """
        self._refuse_live(self._entry(dataset_id)["dataset"])
        self._records.delete(dataset_id)

    def cancel(self, dataset_id: str, run_id: str) -> str:
        """Stop filling a dataset. Returns the status of the run.

        Raises:
            ApiError: It isn't the dataset's run.
        """
        entry = self._entry(dataset_id)
        run: JsonObject | None = entry["dataset"]["run"]
        if run is None or run["id"] != run_id:
            raise ApiError(404, f"There is no such run: {run_id}")
        if run["status"] in _LIVE:
            self._end(dataset_id, entry, "cancelled")
        status: str = run["status"]
        return status

    def events(self, dataset_id: str, run_id: str) -> AsyncIterator[LiveEvent]:
        """The events of a run from now on, after its status.

        Raises:
            ApiError: It isn't the dataset's run.
        """
        run: JsonObject | None = self._entry(dataset_id)["dataset"]["run"]
        if run is None or run["id"] != run_id:
            raise ApiError(404, f"There is no such run: {run_id}")
        live = self._events.get(run_id)
        if live is None:
            live = LiveEvents([_status_event(run), {"event": "done"}])
            live.end()
            return live.follow()
        return _after(_status_event(run), live.follow(len(live.all)))

    def clear(self) -> None:
        """Delete all datasets."""
        for task in self._tasks:
            task.cancel()
        for live in self._events.values():
            live.end()
        self._events.clear()
        self._records.clear()

    async def close(self) -> None:
        """Stop filling all datasets."""
        for task in self._tasks:
            task.cancel()
        for live in self._events.values():
            live.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _fill(self, dataset_id: str, run_id: str) -> None:
        try:
            error = await self._find(dataset_id, run_id)
        except Exception as failure:  # noqa: BLE001 - whatever goes wrong in the sandbox, the run must end
            _log.exception("dataset %s", dataset_id)
            error = f"The sandbox failed: {failure!r}"
        if self._is_live(dataset_id, run_id):
            if error is not None:
                self._tell(dataset_id, run_id, {"event": "error", "message": error})
            self._end(dataset_id, self._entry(dataset_id), "done" if error is None else "failed", error)

    async def _find(self, dataset_id: str, run_id: str) -> str | None:
        """Find the rows; returns what went wrong, if anything did."""
        entry = self._entry(dataset_id)
        entry["dataset"]["run"]["status"] = "running"
        self._records.save(dataset_id, entry)
        self._events[run_id].tell(_status_event(entry["dataset"]["run"]))
        rule = self._rules.take("datasets", prompt=entry["prompt"])
        for event in self._found(entry) if rule is None else _scripted(rule):
            await asyncio.sleep(self._step_delay)
            if not self._is_live(dataset_id, run_id):
                return None
            self._tell(dataset_id, run_id, event)
        if rule is None:
            return None
        await rule.begin()
        return None if rule.error is None else rule.error["message"]

    def _found(self, entry: JsonObject) -> Iterator[JsonObject]:
        """The events of a search for the rows."""
        spec: JsonObject = entry["dataset"]["spec"]
        found, _ = self._index.find(
            f"{spec['name']} {spec['description']}",
            include_domains=[],
            exclude_domains=[],
            after_date=None,
            before_date=None,
            limit=entry["dataset"]["target_rows"],
            offset=0,
        )
        yield {"event": "log", "text": f"Found {len(found)} pages"}
        for page in found:
            yield {"event": "row", "row_id": page.url, "data": _values(spec, page)}

    def _is_live(self, dataset_id: str, run_id: str) -> bool:
        """Whether a run still fills its dataset."""
        record = self._records.get(dataset_id)
        run: JsonObject | None = None if record is None else record.document["dataset"]["run"]
        return run is not None and run["id"] == run_id and run["status"] in _LIVE

    def _tell(self, dataset_id: str, run_id: str, event: JsonObject) -> None:
        """Send an event of a run, and store its row."""
        if event["event"] == "row":
            entry = self._entry(dataset_id)
            rows: dict[str, JsonObject] = {row["_id"]: row for row in entry["rows"]}
            row_id: str = event["row_id"]
            if event.get("deleted"):
                rows.pop(row_id, None)
            else:
                rows[row_id] = {"_id": row_id, "data": event.get("data", {})}
            entry["rows"] = list(rows.values())
            entry["dataset"]["row_count"] = len(rows)
            self._records.save(dataset_id, entry)
        self._events[run_id].tell(event)

    def _end(self, dataset_id: str, entry: JsonObject, status: str, error: str | None = None) -> None:
        entry["dataset"]["run"] |= {"status": status, "finished_at": clock.now(), "error": error}
        entry["dataset"]["status"] = "ready" if status == "done" else status
        self._records.save(dataset_id, entry)
        live = self._events.pop(entry["dataset"]["run"]["id"], None)
        if live is not None:
            live.tell(_status_event(entry["dataset"]["run"]))
            live.tell({"event": "done"})
            live.end()

    def _refuse_live(self, dataset: JsonObject) -> None:
        if dataset["run"] is not None and dataset["run"]["status"] in _LIVE:
            raise ApiError(409, "The dataset is being filled", code="RETRY_REQUIRED")

    def _entry(self, dataset_id: str) -> JsonObject:
        record = self._records.get(dataset_id)
        if record is None:
            raise ApiError(404, f"There is no such dataset: {dataset_id}")
        return record.document


def _scripted(rule: Rule) -> Iterator[JsonObject]:
    """The events that a rule defines."""
    rows: list[JsonObject] = rule.options.get("rows", [])
    for number, row in enumerate(rows, 1):
        yield {"event": "row", "row_id": f"row-{number}", "data": row}
    yield from rule.options.get("events", [])


def _status_event(run: JsonObject) -> JsonObject:
    return {"event": "status", **{name: run.get(name) for name in ("status", "error", "finished_at")}}


async def _after(first: JsonObject, events: AsyncIterator[LiveEvent]) -> AsyncIterator[LiveEvent]:
    yield LiveEvent(0, first)
    async for live in events:
        yield live


def _values(spec: JsonObject, page: FoundPage) -> dict[str, Any]:
    """A page as a row: its address in columns of addresses, its title in those of a title or name."""
    values: dict[str, Any] = {}
    for column in spec["columns"]:
        name: str = column["name"]
        if column["type"] == "url":
            values[name] = page.url
        else:
            values[name] = page.title if name in ("title", "name") else None
    return values
