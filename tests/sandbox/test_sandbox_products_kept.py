"""What the products of the sandbox keep: over a restart, over deletions, and what a lagging list leaves out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tinyfish import NotFoundError, TinyFish
from tinyfish.sandbox import Sandbox

MONITOR: dict[str, Any] = {"type": "search", "config": {"query": "tea"}, "schedule_cron": "0 9 * * *"}


def client_of(sandbox: Sandbox) -> TinyFish:
    return TinyFish(api_key=sandbox.api_key, base_url=sandbox.url, max_retries=0)


def test_what_a_killed_sandbox_left_unfinished_has_failed(tmp_path: Path) -> None:
    import sqlite3

    file = str(tmp_path / "sandbox.db")
    with Sandbox(chromium=False, database=file) as sandbox, client_of(sandbox) as client:
        sandbox.on(product="research", query="*", hangs=True)
        sandbox.on(product="datasets", hangs=True, rows=[{"title": "A"}])
        research = client.research.queue(query="tides").research_run_id
        dataset = client.datasets.create(prompt="All cafes")
        for event in client.datasets.events(dataset.id, dataset.run.id):
            if event.event == "status" and event.status == "running":
                break
        with sqlite3.connect(file) as database:
            killed = database.execute("SELECT kind, id, document FROM records").fetchall()
    with sqlite3.connect(file) as database:  # as it was before the sandbox could end anything
        for kind, record, document in killed:
            database.execute(
                "UPDATE records SET document = ? WHERE kind = ? AND id = ?", (document, kind, record)
            )
    database.close()
    with Sandbox(chromium=False, database=file) as sandbox, client_of(sandbox) as client:
        assert client.datasets.get(dataset.id).status == "failed"
        assert client.datasets.get(dataset.id).run.error == "The sandbox was stopped meanwhile"
        events = [event.event for event in client.research.events(research)]
        assert events[-2:] == ["error", "done"]


def test_a_list_goes_on_where_it_was_even_if_that_was_deleted(sandbox: Sandbox) -> None:
    with client_of(sandbox) as client:
        made = [client.datasets.create(prompt=f"Cafes {n}", populate=False).id for n in range(4)]
        first = client.datasets.list(limit=2)
        client.datasets.delete(first.data[-1].id)
        client.datasets.create(prompt="A new one", populate=False)
        rest = client.datasets.list(limit=9, cursor=first.pagination.next_cursor)
        assert [one.id for one in [*first.data, *rest.data]] == made[::-1]


@pytest.mark.parametrize(
    "operation", ["listDatasets", "listMonitors", "listProfiles", "listVaultConnections"]
)
def test_a_lagging_list_has_no_new_ones(sandbox: Sandbox, operation: str) -> None:
    with client_of(sandbox) as client:
        client.datasets.create(prompt="All cafes", populate=False)
        client.monitors.create(**MONITOR)
        client.profiles.create("Shop")
        client.vault.connections.connect_1password(token="t")
        lists: dict[str, Any] = {
            "listDatasets": lambda: client.datasets.list().data,
            "listMonitors": lambda: client.monitors.list().monitors,
            "listProfiles": lambda: client.profiles.list().profiles,
            "listVaultConnections": lambda: client.vault.connections.list().connections,
        }
        assert len(lists[operation]()) == 1
        sandbox.fault(operation, hide_new=60, times=1)
        assert lists[operation]() == []
        assert len(lists[operation]()) == 1


def test_an_odd_id_of_a_last_event_begins_anew(sandbox: Sandbox, api: Any) -> None:
    with client_of(sandbox) as client:
        run_id = client.research.queue(query="tides").research_run_id
        client.research.wait(run_id)
    path = f"/v1/research-run/{run_id}/events"
    whole = api.get(path).text
    for odd in ("9" * 5000, "soon", "-3"):
        assert api.get(path, headers={"Last-Event-ID": odd}).text == whole


def test_what_fails_once_keeps_no_schedule_from_going_on(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinyfish.sandbox.monitors import Monitors

    with client_of(sandbox) as client:
        made = client.monitors.create(**{**MONITOR, "schedule_cron": "* * * * *"}).monitor
        check, failed = Monitors.check, []

        async def fail(self: Monitors, monitor_id: str) -> Any:
            if not failed:
                failed.append(monitor_id)
                raise RuntimeError("odd")
            return await check(self, monitor_id)

        monkeypatch.setattr(Monitors, "check", fail)
        monkeypatch.setattr("tinyfish.sandbox.monitors._MAX_SLEEP", 0.01)
        monkeypatch.setattr(Monitors, "_now", _minutes_in_no_time())
        client.monitors.update(made.id, schedule_cron="* * * * *")  # the schedule looks at the time again
        deadline = time.monotonic() + 20
        while len(sandbox.checks) < 2 and time.monotonic() < deadline:
            with pytest.raises(NotFoundError):
                client.monitors.get("none")
        assert failed == [made.id]
        assert len(sandbox.checks) >= 2


def _minutes_in_no_time() -> Any:
    from datetime import UTC, datetime, timedelta

    began = datetime.now(UTC)
    return lambda self: began + (datetime.now(UTC) - began) * 600 + timedelta(minutes=1)
