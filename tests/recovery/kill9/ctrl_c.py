"""Ctrl-C at every place of a call with a ledger. Called again, it gives the run that there is, or starts it."""

from __future__ import annotations

import json
import logging
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from clients import with_clock
from fault_server import STARTS, operation_of
from interrupting import interrupt
from run_store import RunStore, StoredRun, stamp

from tinyfish import Ledger, TinyFish
from tinyfish._core.clock import Clock

from .bells import fast_bells

SPEED: Final = 1000.0
ITEMS: Final = {f"item {n}": {"goal": f"Read part {n}", "url": f"https://example.com/{n}"} for n in (1, 2)}
ITEM: Final = {**ITEMS["item 1"], "idempotency_key": "item 1"}


@dataclass
class Api(RunStore):
    """The API, without a network."""

    run_seconds: float = 1.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        operation = operation_of(request.method, request.url.path)
        body: Any = json.loads(request.content) if request.content else {}
        if operation in STARTS.values():
            asked = body.get("runs") or [body]
            runs = [self.add_run(item["goal"], url=item["url"], starter=operation) for item in asked]
            match operation:
                case "run":
                    return httpx.Response(200, json=self.document(runs[0]))
                case "queue":
                    return httpx.Response(200, json={"run_id": runs[0].run_id, "error": None})
                case "batch":
                    return httpx.Response(200, json={"run_ids": [run.run_id for run in runs], "error": None})
            return httpx.Response(
                200, headers={"Content-Type": "text/event-stream"}, content=self._events(runs[0])
            )
        match operation:
            case "list":
                answer = self.list_runs(dict(request.url.params))
            case "get_many":
                found = [self.runs[run_id] for run_id in body["run_ids"]]
                answer = {"data": [self.document(run) for run in found], "not_found": None}
            case "cancel":
                answer = self.cancel(self.runs[request.url.path.split("/")[3]], effective=True)
            case _:
                answer = self.document(self.runs[request.url.path.split("/")[3]])
        return httpx.Response(200, json=answer)

    def _events(self, run: StoredRun) -> Iterator[bytes]:
        def event(kind: str, **more: Any) -> bytes:
            content = {"type": kind, "run_id": run.run_id, "timestamp": stamp(self.now()), **more}
            return f"data: {json.dumps(content)}\n\n".encode()

        yield event("STARTED")
        yield event("PROGRESS", purpose="Open the page")
        time.sleep(self.run_seconds / SPEED)
        yield event("COMPLETE", status="COMPLETED", result=run.result)


def _run(client: TinyFish) -> Counter[str]:
    return Counter([client.agent.run(**ITEM).run_id or ""])


def _queue(client: TinyFish) -> Counter[str]:
    return Counter([client.runs.wait(client.agent.queue(**ITEM)).run_id])


def _start(client: TinyFish) -> Counter[str]:
    # Leaving its block cancels the run, and then the same key gives the cancelled one.
    with client.agent.start(**ITEM, cancel_on_exit=False) as handle:
        return Counter([handle.wait().run_id])


def _stream(client: TinyFish) -> Counter[str]:
    with client.agent.stream(**ITEM) as stream:
        return Counter([stream.until_complete().run_id or ""])


def _queue_many(client: TinyFish) -> Counter[str]:
    batch = client.agent.queue_many([{**item, "idempotency_key": key} for key, item in ITEMS.items()])
    return Counter(run.run_id for run in client.runs.wait_many(batch))


def _run_many(client: TinyFish) -> Counter[str]:
    with client.agent.run_many(ITEMS) as job:
        return Counter(outcome.run.run_id for _, outcome in job if outcome.run is not None)


WAYS: Final[dict[str, Callable[[TinyFish], Counter[str]]]] = {
    "run": _run,
    "queue": _queue,
    "start": _start,
    "stream": _stream,
    "queue_many": _queue_many,
    "run_many": _run_many,
}


def _clock() -> Clock:
    def sleep(seconds: float, woken: threading.Event) -> None:
        woken.wait(seconds / SPEED)

    return Clock(now=lambda: time.monotonic() * SPEED, wall=lambda: time.time() * SPEED % 2e9, sleep=sleep)


def everywhere(way: str, first: int, step: int) -> tuple[int, list[str]]:
    """Interrupt a call at each place, or at each so-manieth, and make it again: with the same client, and another.

    Args:
        way: Which call.
        first: The first place.
        step: 1 for each place.

    Returns:
        How many places were tried, and what was wrong.
    """
    logging.getLogger("tinyfish").addHandler(logging.NullHandler())
    wrong: list[str] = []
    at, tried = first, 0
    with tempfile.TemporaryDirectory() as folder, fast_bells(SPEED):
        while (where := _once(way, at, Path(folder) / f"{at}.db", wrong)) is not None:
            tried += 1
            at += step
            del where
    return tried, wrong


def _once(way: str, at: int, ledger: Path, wrong: list[str]) -> str | None:
    clock = _clock()
    api = Api(clock=clock)

    def client() -> TinyFish:
        http_client = httpx.Client(transport=httpx.MockTransport(api))
        made: TinyFish = with_clock(TinyFish("key", http_client=http_client, ledger=ledger), clock)
        return made

    call = WAYS[way]
    first = client()
    where, _ = interrupt(lambda: call(first), at)
    if where is None:
        first.close()
        return None
    for name, again in (("the same client", first), ("another client", client())):
        try:
            given = call(again)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller has no run
            wrong.append(f"{way}, place {at} ({where}): {name} gets {type(error).__name__}: {error}")
        else:
            if given != Counter(list(api.runs)):
                wrong.append(f"{way}, place {at} ({where}): {name} gets {given}, there are {list(api.runs)}")
    pending = Ledger(ledger).pending()
    if pending:
        wrong.append(f"{way}, place {at} ({where}): pending {pending}")
    first.close()
    again.close()
    return where
