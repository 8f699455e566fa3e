"""An event is told once, and is told although the program or the API fails for a while."""

from __future__ import annotations

import asyncio
import json
import logging
import queue
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tinyfish import AsyncTinyFish, TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.webhooks import WebhookReceiver, repeats, rereading


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "PAUSES", (0.01,))
    monkeypatch.setattr(repeats, "PAUSES", (0.01, 0.02))


def message(run_id: object, event: str = "run.completed") -> str:
    return json.dumps({"event": event, "run_id": run_id, "status": "COMPLETED", "data": {}})


@contextmanager
def client_of(sandbox: Sandbox, **options: Any) -> Generator[TinyFish]:
    with TinyFish(sandbox.api_key, base_url=sandbox.url, max_retries=0, **options) as client:
        yield client


@pytest.mark.parametrize("goal", ["read", "fail"])
def test_no_other_name_tells_an_end_again(quick: Sandbox, goal: str) -> None:
    told: list[Any] = []
    with client_of(quick) as client:
        run_id = client.agent.run(goal=goal, url="https://a.example").run_id
        with WebhookReceiver(client, secret="s", on_event=told.append) as receiver:
            for name in (
                "run.completed",
                "Run.Completed",
                "run.paid",
                "run.completed ",
                "run.failed",
                "order.ended",
            ):
                assert receiver.receive_sync(message(run_id, name), secret="s").status == 200
                receiver._workers.finish(10)
    [event] = told
    status = "completed" if goal == "read" else "failed"
    assert (event.key, event.event) == (f"run.{status}:{run_id}", f"run.{status}")
    assert event.document["event"] == f"run.{status}"


@pytest.mark.parametrize("with_ledger", [False, True], ids=["memory", "ledger"])
def test_what_fails_is_tried_again(
    quick: Sandbox, tmp_path: Path, with_ledger: bool, caplog: pytest.LogCaptureFixture
) -> None:
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    failures = [RuntimeError("the database is down")] * 3

    def on_event(event: Any) -> None:
        told.put(event)
        if failures:
            raise failures.pop()

    with client_of(quick, ledger=tmp_path / "runs.db" if with_ledger else None) as client:
        run_id = client.agent.run(goal="read", url="https://a.example").run_id
        quick.fault("getRun", status=401, code="UNAUTHORIZED", times=2)
        with WebhookReceiver(client, secret="s", on_event=on_event) as receiver:
            assert receiver.receive_sync(message(run_id), secret="s").status == 200
            assert [told.get(timeout=10).run_id for _ in range(4)] == [run_id] * 4
            receiver._workers.finish(10)
            assert receiver.resume_sync() == 0
            assert receiver.receive_sync(message(run_id), secret="s").status == 200
            receiver._workers.finish(10)
    assert told.empty()
    assert "can't be handled now (401 UNAUTHORIZED)" in caplog.text
    assert "tried again" in caplog.text


@pytest.mark.anyio
async def test_what_fails_is_tried_again_in_the_loop(anyio_backend: str, quick: Sandbox) -> None:
    import anyio
    import sniffio

    libraries: list[str] = []
    handled = anyio.Event()

    async def on_event(event: Any) -> None:
        libraries.append(sniffio.current_async_library())
        if len(libraries) < 3:
            raise RuntimeError("the database is down")
        handled.set()

    async with (
        AsyncTinyFish(quick.api_key, base_url=quick.url) as client,
        WebhookReceiver(client, secret="s", on_event=on_event) as receiver,
    ):
        run = await client.agent.run(goal="read", url="https://a.example")
        assert (await receiver.receive(message(run.run_id), secret="s")).status == 200
        with anyio.fail_after(10):
            await handled.wait()
    assert libraries == [anyio_backend] * 3


def test_after_the_end_of_its_loop_it_is_tried_again_in_another(quick: Sandbox) -> None:
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    failures = [RuntimeError("the database is down")]

    async def on_event(event: Any) -> None:
        told.put(event)
        if failures:
            raise failures.pop()

    client = AsyncTinyFish(quick.api_key, base_url=quick.url)
    receiver = WebhookReceiver(client, secret="s", on_event=on_event)

    async def receive() -> None:
        assert (await receiver.receive('{"event": "account.emptied"}', secret="s")).status == 200
        await receiver._workers.finish_async(10)

    asyncio.run(receive())
    keys = {told.get(timeout=10).key for _ in range(2)}
    assert len(keys) == 1
    receiver.close()


def test_nothing_is_tried_again_after_the_end(quick: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with client_of(quick) as client:
        receiver = WebhookReceiver(client, secret="s")
        with receiver:
            pass
        receiver._intake.repeats.needed(None)
        assert receiver._intake.repeats._timer is None
        left = WebhookReceiver(client, secret="s")
    # The client is closed, and the receiver isn't.
    left.receive_sync(message("run-1"), secret="s")
    left._workers.finish(10)
    assert left._intake.repeats._timer is None


SURROGATES = [
    b'{"event": "\\ud800", "data": {"id": "\\ud800"}}',
    b'{"event": "run.\\ud800", "run_id": "run-1"}',
    b'{"event": "monitor.\\udfff", "monitor_id": "m-1"}',
    b'{"event": "account.emptied", "\\ud800": ["\\udfff"]}',
]


@pytest.mark.parametrize("body", SURROGATES)
@pytest.mark.parametrize("with_ledger", [False, True], ids=["memory", "ledger"])
def test_half_a_character_is_no_reason_to_send_it_again(
    quick: Sandbox, tmp_path: Path, body: bytes, with_ledger: bool
) -> None:
    told: list[Any] = []
    with (
        client_of(quick, ledger=tmp_path / "runs.db" if with_ledger else None) as client,
        WebhookReceiver(client, secret="s", on_event=told.append) as receiver,
    ):
        for _ in range(2):
            assert receiver.receive_sync(body, secret="s").status == 200
            receiver._workers.finish(10)
    if b"run_id" not in body:
        [event] = told
        assert event.document == json.loads(body)
        assert event.key.encode()


def test_a_receiver_is_not_sent_to_another_process(quick: Sandbox) -> None:
    import pickle

    with client_of(quick) as client:
        receiver = WebhookReceiver(client, secret="s3cret")
        for live in (receiver, receiver.door, receiver._secrets):
            with pytest.raises(TypeError, match="cannot be pickled"):
                pickle.dumps(live)
