"""A call that ends early, in any way: its run is cancelled if requested, otherwise reported."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from asking import URL, statuses, until
from fault_server import Fault, FaultServer, stall
from ways import (
    EACH_WAY,
    WAYS,
    Way,
    by_bare_stream,
    by_handle,
    by_run,
    by_stream,
    by_wait,
    by_wait_many,
    left_by,
)

from tinyfish import AsyncTinyFish, TinyFish, WaitTimeoutError
from tinyfish._core.cancellation import run_guard
from tinyfish._core.cancellation.cancel_policy import CancelPolicy, GuardedRuns, OnRunIds
from tinyfish._core.wire.alarms import Leaving


@EACH_WAY
@pytest.mark.parametrize("option", ["cancel_on_exit", "cancel_on_timeout"])
async def test_a_run_that_is_left_by_a_scope_is_cancelled(
    async_client: Any, slow_server: FaultServer, goal: str, way: Way, option: str
) -> None:
    await left_by("scope", lambda: way(async_client, goal, {option: True}), slow_server)
    assert set(statuses(slow_server)) == {"CANCELLED"}


@pytest.mark.parametrize("way", [by_run, by_wait, by_wait_many, by_stream, by_bare_stream])
async def test_a_run_that_goes_on_is_named_in_the_log_and_on_the_error(
    async_client: Any, slow_server: FaultServer, goal: str, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    """But for `run`, whose id nobody knows before its end: of that the goal and the moment are told."""
    with caplog.at_level(logging.WARNING, "tinyfish"):
        error = await left_by("scope", lambda: way(async_client, goal, {}), slow_server)
    assert set(statuses(slow_server)) == {"RUNNING"}
    notes = "".join(getattr(error, "__notes__", ()))
    if way is by_run:
        for text in (caplog.text, notes):
            assert goal[:50] in text
            assert "may have happened" in text
    else:
        for run in slow_server.started():
            assert run.run_id in caplog.text
            assert run.run_id in notes


@pytest.mark.parametrize("way", [by_run, by_stream, by_handle])
async def test_a_run_is_cancelled_though_its_start_is_left_on_the_way(
    async_client: Any, slow_server: FaultServer, goal: str, way: Way
) -> None:
    operation = "stream" if way is by_stream else "queue"
    slow_server.script(operation, Fault(hold=0.5))
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await until(slow_server.started)
                scope.cancel()

            tasks.start_soon(cancel)
            await way(async_client, goal, {"cancel_on_exit": True})
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_queue_is_cancelled_though_it_is_left_on_the_way(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.script("queue", Fault(hold=0.5))
    with anyio.move_on_after(0.1):
        await async_client.agent.queue(goal=goal, url=URL, cancel_on_exit=True)
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_batch_is_cancelled_though_it_is_left_on_the_way(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.script("batch", Fault(), Fault(hold=0.5))
    runs = [{"goal": f"{goal} {n}", "url": URL} for n in range(120)]
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await until(lambda: len(slow_server.started()) == 120)
                scope.cancel()

            tasks.start_soon(cancel)
            await async_client.agent.queue_many(runs, cancel_on_exit=True)
    assert set(statuses(slow_server)) == {"CANCELLED"}


async def test_an_exception_in_a_callback_cancels(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    queued = await async_client.agent.queue(goal=goal, url=URL)
    with pytest.raises(ZeroDivisionError):
        await async_client.runs.wait(queued, on_update=fail, cancel_on_exit=True)
    with pytest.raises(ZeroDivisionError):
        async with async_client.agent.stream(
            goal=goal, url=URL, on_started=fail, cancel_on_exit=True
        ) as stream:
            await stream.until_complete()
    assert set(statuses(slow_server)) == {"CANCELLED"}


async def test_an_exception_in_a_callback_names_the_run(
    async_client: Any, slow_server: FaultServer, goal: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    queued = await async_client.agent.queue(goal=goal, url=URL)
    with pytest.raises(ZeroDivisionError) as raised:
        await async_client.runs.wait(queued, on_update=fail)
    assert queued.run_id in "".join(raised.value.__notes__)
    assert queued.run_id in caplog.text


async def test_the_end_of_a_streams_block_cancels_if_asked(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    async with async_client.agent.stream(goal=goal, url=URL, cancel_on_exit=True) as stream:
        async for _ in stream:
            break
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_loop_over_many_that_is_broken_off_cancels_the_rest(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    queued = await async_client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
    first = slow_server.started()[0]
    first.ends = slow_server.clock.now()
    runs: AsyncIterator[Any] = async_client.runs.wait_many(queued, cancel_on_exit=True)
    async for run in runs:
        assert run.run_id == first.run_id
        break
    await runs.aclose()  # type: ignore[attr-defined]
    assert sorted(statuses(slow_server)) == ["CANCELLED", "CANCELLED", "COMPLETED"]


async def test_many_that_are_late_are_cancelled(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    queued = await async_client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
    with pytest.raises(WaitTimeoutError, match="Cancelled: ") as raised:
        await anext(aiter(async_client.runs.wait_many(queued, timeout=0.1, cancel_on_timeout=True)))
    assert set(statuses(slow_server)) == {"CANCELLED"}
    assert raised.value.run_ids == tuple(queued.run_ids)


async def test_many_tell_of_their_updates(async_client: Any, slow_server: FaultServer, goal: str) -> None:
    slow_server.run_seconds = 0.3
    queued = await async_client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(2)])
    told: list[tuple[str, str]] = []
    async for _ in async_client.runs.wait_many(
        queued, on_update=lambda run: told.append((run.run_id, run.status))
    ):
        pass
    assert {run_id for run_id, _ in told} == set(queued.run_ids)
    assert {status for _, status in told} >= {"COMPLETED"}


async def test_a_handle_can_let_its_run_go_on(async_client: Any, slow_server: FaultServer, goal: str) -> None:
    async with async_client.agent.start(goal=goal, url=URL, cancel_on_exit=False):
        pass
    async with async_client.agent.start(goal=goal, url=URL) as handle:
        handle.detach()
    assert set(statuses(slow_server)) == {"RUNNING"}


async def test_a_run_that_has_ended_is_not_cancelled(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.run_seconds = 0.05
    for way in WAYS:
        await way(async_client, goal, {"cancel_on_exit": True})
    assert set(statuses(slow_server)) == {"COMPLETED"}
    assert not slow_server.asked("cancel")


async def test_a_session_that_may_have_been_opened_is_told(
    async_client: Any, slow_server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    slow_server.script("session", stall(create=True))
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await until(lambda: slow_server.sessions)
                scope.cancel()

            tasks.start_soon(cancel)
            await async_client.browser.sessions.create(url="https://a.example/x")
    assert "browser session" in caplog.text
    assert "https://a.example/x" in caplog.text
    assert "may have happened" in caplog.text


# Options


@pytest.mark.parametrize("name", ["cancel_on_exit", "cancel_on_timeout"])
def test_the_options_are_checked(truth_server: FaultServer, name: str) -> None:
    with TinyFish("key", base_url=truth_server.url) as client:
        for call in (client.agent.run, client.agent.stream):
            with pytest.raises(TypeError, match=f"{name} must be True or False"):
                call(goal="g", url=URL, **{name: "yes"})  # type: ignore[arg-type]
        for wait in (client.runs.wait, client.runs.wait_many):
            with pytest.raises(TypeError, match=f"{name} must be True or False"):
                wait("r", **{name: "yes"})  # type: ignore[call-overload]
    assert truth_server.requests == []


@pytest.mark.parametrize("method", ["queue", "start"])
def test_an_option_that_is_not_for_a_method_is_refused(truth_server: FaultServer, method: str) -> None:
    with (
        TinyFish("key", base_url=truth_server.url) as client,
        pytest.raises(TypeError, match="cancel_on_timeout"),
    ):
        getattr(client.agent, method)(goal="g", url=URL, cancel_on_timeout=True)
    with (
        TinyFish("key", base_url=truth_server.url) as client,
        pytest.raises(TypeError, match="cancel_on_timeout"),
    ):
        client.agent.queue_many([{"goal": "g", "url": URL}], cancel_on_timeout=True)  # type: ignore[call-overload]
    assert truth_server.requests == []


# Decisions


class CancelledHereError(BaseException):
    pass


@pytest.mark.parametrize(
    ("policy", "error", "cancels"),
    [
        (CancelPolicy(), CancelledHereError(), False),
        (CancelPolicy(), None, False),
        (CancelPolicy(cancel_on_timeout=True), CancelledHereError(), True),
        (CancelPolicy(cancel_on_timeout=True), KeyboardInterrupt(), False),
        (CancelPolicy(cancel_on_timeout=True), ValueError(), False),
        (CancelPolicy(cancel_on_timeout=True), None, False),
        (CancelPolicy(cancel_on_exit=True), CancelledHereError(), True),
        (CancelPolicy(cancel_on_exit=True), KeyboardInterrupt(), True),
        (CancelPolicy(cancel_on_exit=True), GeneratorExit(), True),
        (CancelPolicy(cancel_on_exit=True), None, True),
    ],
)
def test_when_a_run_is_cancelled(policy: CancelPolicy, error: BaseException | None, cancels: bool) -> None:
    guarded = GuardedRuns(policy)
    guarded.add("a", None, "b")
    guarded.discard("b")
    assert guarded.left(error, CancelledHereError) == (["a"] if cancels else [])
    assert guarded.left(error, CancelledHereError) == []  # once is enough


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize(
    ("policy", "cancelled"),
    [(CancelPolicy(cancel_on_exit=True), ["run-1"]), (CancelPolicy(cancel_on_timeout=True), [])],
)
def test_a_run_that_is_named_after_ctrl_c_is_dealt_with_as_asked(
    policy: CancelPolicy,
    cancelled: list[str],
    fails: bool,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(run_guard, "cancel_all_quietly", lambda _, run_ids: stopped.extend(run_ids))

    def work(on_run_ids: OnRunIds) -> None:
        on_run_ids("run-1")
        if fails:
            raise ValueError("an odd answer")

    with TinyFish("key") as client:
        errand = run_guard._Errand(run_guard.RunGuard(client._executor, policy), work, "g", Leaving())
        errand._left_by = KeyboardInterrupt()
        errand._do()
        assert stopped == cancelled
    assert ("Run run-1 goes on" in caplog.text) != bool(cancelled)


# Left to the garbage collector


@pytest.mark.parametrize("how", ["break", "exception"])
async def test_many_are_cancelled_though_the_client_closes_at_once(
    async_client: Any, slow_server: FaultServer, goal: str, how: str
) -> None:
    async def use() -> None:
        async with AsyncTinyFish("key", base_url=slow_server.url) as own:
            queued = await own.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
            slow_server.started()[0].ends = slow_server.clock.now()
            async for _ in own.runs.wait_many(queued, cancel_on_exit=True):
                if how == "break":
                    return
                raise ZeroDivisionError

    if how == "break":
        await use()
    else:
        with pytest.raises(ZeroDivisionError):
            await use()
    assert sorted(statuses(slow_server)) == ["CANCELLED", "CANCELLED", "COMPLETED"]


async def test_a_bare_stream_that_is_left_is_cancelled(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    async with AsyncTinyFish("key", base_url=slow_server.url) as own:
        async for _ in own.agent.stream(goal=goal, url=URL, cancel_on_exit=True):
            break
    assert statuses(slow_server) == ["CANCELLED"]


@pytest.mark.parametrize("cancel", [True, False])
def test_a_bare_sync_stream_that_is_left(
    slow_server: FaultServer, goal: str, cancel: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with TinyFish("key", base_url=slow_server.url) as client:
        for _ in client.agent.stream(goal=goal, url=URL, cancel_on_exit=cancel):
            break
    gc.collect()
    (run,) = slow_server.started()
    if cancel:
        assert statuses(slow_server) == ["CANCELLED"]
    else:
        assert run.run_id in caplog.text


async def test_many_that_are_left_are_named(
    async_client: Any, slow_server: FaultServer, goal: str, caplog: pytest.LogCaptureFixture
) -> None:
    queued = await async_client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(2)])
    slow_server.started()[0].ends = slow_server.clock.now()
    async for _ in async_client.runs.wait_many(queued):
        break
    gc.collect()
    assert slow_server.started()[1].run_id in caplog.text


@pytest.mark.parametrize("where", ["block", "callback"])
async def test_a_limit_within_the_block_is_time_that_is_up(
    async_client: Any, slow_server: FaultServer, goal: str, where: str
) -> None:
    async def late(_: object = None) -> None:
        with anyio.fail_after(0.05):
            await anyio.sleep_forever()

    queued = await async_client.agent.queue(goal=goal, url=URL)

    async def use() -> None:
        if where == "callback":
            await async_client.runs.wait(queued, on_update=late, cancel_on_timeout=True)
        async with async_client.agent.stream(goal=goal, url=URL, cancel_on_timeout=True) as stream:
            await anext(stream)
            await late()

    with pytest.raises(TimeoutError):
        await use()
    assert "CANCELLED" in statuses(slow_server)


def test_callbacks_that_nobody_would_await_are_refused(truth_server: FaultServer) -> None:
    async def callback(_: object) -> None: ...

    with TinyFish("key", base_url=truth_server.url) as client:
        for call in (client.runs.wait, client.runs.wait_many):
            with pytest.raises(TypeError, match="only AsyncTinyFish awaits it"):
                call("r", on_update=callback)  # type: ignore[call-overload]
            with pytest.raises(TypeError, match="on_update must be a function"):
                call("r", on_update=1)  # type: ignore[call-overload]
        with pytest.raises(TypeError, match="only AsyncTinyFish awaits it"):
            client.agent.stream(goal="g", url=URL, on_started=callback)
    assert truth_server.requests == []
