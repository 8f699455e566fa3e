"""Who owns runs while a call that ends early is cancelling them, or is still starting them."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import pytest
from clients import FakeTime, make_client

from tinyfish._core.cancellation import run_guard
from tinyfish._core.cancellation.cancel_policy import CancelPolicy, OnRunIds
from tinyfish._core.cancellation.run_guard import AsyncRunGuard, RunGuard
from tinyfish._core.wire.alarms import Leaving

ON_EXIT = CancelPolicy(cancel_on_exit=True)


@pytest.fixture
def guard(time: FakeTime) -> RunGuard:
    client = make_client("sync", time.clock, base_url="http://127.0.0.1:1")
    return RunGuard(client._target._executor, ON_EXIT)


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_second_ctrl_c_ends_the_cancelling_and_names_the_runs(
    guard: RunGuard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run_guard, "cancel_all_quietly", interrupt)
    first = KeyboardInterrupt()
    guard.add("r1")
    with pytest.raises(KeyboardInterrupt) as caught:
        guard.__exit__(type(first), first, None)
    assert caught.value is not first
    assert "r1" in caplog.text


def test_what_fails_in_the_other_thread_is_raised_in_this_one(guard: RunGuard) -> None:
    threads: list[threading.Thread] = []

    def fail(on_run_ids: OnRunIds) -> None:
        threads.append(threading.current_thread())
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        guard.start(fail, "goal")
    assert threads != [threading.main_thread()]


class Interrupted(threading.Event):
    """An event whose first wait is interrupted, once something has happened."""

    def __init__(self, after: threading.Event) -> None:
        super().__init__()
        self._after: threading.Event | None = after

    def wait(self, timeout: float | None = None) -> bool:
        if (after := self._after) is not None:
            self._after = None
            after.wait(5)
            raise KeyboardInterrupt
        return super().wait(timeout)


@pytest.mark.parametrize("outcome", ["fails", "never comes"])
def test_a_start_that_fails_after_ctrl_c_is_told_of(
    guard: RunGuard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, outcome: str
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(run_guard, "EXIT_GRACE_SECONDS", 5.0 if outcome == "fails" else 0.01)

    def work(on_run_ids: OnRunIds) -> None:
        begun.set()
        if outcome == "never comes":
            go_on.wait(5)
        raise OSError("no network")

    errand: Any = run_guard._Errand(guard, work, "Read the title", Leaving())
    errand._done = Interrupted(begun)
    with pytest.raises(KeyboardInterrupt):
        errand.run()
    assert "Read the title" in caplog.text
    assert "may have happened" in caplog.text
    assert ("no network" in caplog.text) == (outcome == "fails")
    go_on.set()


@pytest.mark.anyio
async def test_a_cancellation_that_nobody_answers_ends_and_names_the_runs(
    anyio_backend: str, time: FakeTime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def stall(*_: object) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr("tinyfish._core.cancellation.async_cancelling.cancel_all_quietly", stall)
    monkeypatch.setattr(run_guard, "EXIT_GRACE_SECONDS", 0.01)
    client: Any = make_client(anyio_backend, time.clock, base_url="http://127.0.0.1:1")
    guard = AsyncRunGuard(client._executor, ON_EXIT)
    guard.add("r1")
    with anyio.fail_after(5):
        await guard.leave(LookupError("mine"))
    assert "Run r1 could not be cancelled and may go on: no response within 0.01 s" in caplog.text
    await client.aclose()
