"""Whichever way a call is left: its run is cancelled if that was asked for, and named if it was not."""

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


@EACH_WAY
@pytest.mark.parametrize("option", ["cancel_on_exit", "cancel_on_timeout"])
async def test_a_run_that_is_left_by_a_scope_is_cancelled(
    client: Any, server: FaultServer, goal: str, way: Way, option: str
) -> None:
    await left_by("scope", lambda: way(client, goal, {option: True}), server)
    assert set(statuses(server)) == {"CANCELLED"}


@pytest.mark.parametrize("way", [by_run, by_wait, by_wait_many, by_stream, by_bare_stream])
async def test_a_run_that_goes_on_is_named_in_the_log_and_on_the_error(
    client: Any, server: FaultServer, goal: str, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    """But for `run`, whose id nobody knows before its end: of that the goal and the moment are told."""
    with caplog.at_level(logging.WARNING, "tinyfish"):
        error = await left_by("scope", lambda: way(client, goal, {}), server)
    assert set(statuses(server)) == {"RUNNING"}
    notes = "".join(getattr(error, "__notes__", ()))
    if way is by_run:
        for text in (caplog.text, notes):
            assert goal[:50] in text
            assert "may have happened" in text
    else:
        for run in server.started():
            assert run.run_id in caplog.text
            assert run.run_id in notes


@pytest.mark.parametrize("way", [by_run, by_stream, by_handle])
async def test_a_run_is_cancelled_though_its_start_is_left_on_the_way(
    client: Any, server: FaultServer, goal: str, way: Way
) -> None:
    operation = "stream" if way is by_stream else "queue"
    server.script(operation, Fault(hold=0.5))
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await until(server.started)
                scope.cancel()

            tasks.start_soon(cancel)
            await way(client, goal, {"cancel_on_exit": True})
    assert statuses(server) == ["CANCELLED"]


async def test_a_queue_is_cancelled_though_it_is_left_on_the_way(
    client: Any, server: FaultServer, goal: str
) -> None:
    server.script("queue", Fault(hold=0.5))
    with anyio.move_on_after(0.1):
        await client.agent.queue(goal=goal, url=URL, cancel_on_exit=True)
    assert statuses(server) == ["CANCELLED"]


async def test_a_batch_is_cancelled_though_it_is_left_on_the_way(
    client: Any, server: FaultServer, goal: str
) -> None:
    server.script("batch", Fault(), Fault(hold=0.5))
    runs = [{"goal": f"{goal} {n}", "url": URL} for n in range(120)]
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await until(lambda: len(server.started()) == 120)
                scope.cancel()

            tasks.start_soon(cancel)
            await client.agent.queue_many(runs, cancel_on_exit=True)
    assert set(statuses(server)) == {"CANCELLED"}


async def test_an_exception_in_a_callback_cancels(client: Any, server: FaultServer, goal: str) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    queued = await client.agent.queue(goal=goal, url=URL)
    with pytest.raises(ZeroDivisionError):
        await client.runs.wait(queued, on_update=fail, cancel_on_exit=True)
    with pytest.raises(ZeroDivisionError):
        async with client.agent.stream(goal=goal, url=URL, on_started=fail, cancel_on_exit=True) as stream:
            await stream.until_complete()
    assert set(statuses(server)) == {"CANCELLED"}


async def test_an_exception_in_a_callback_names_the_run(
    client: Any, server: FaultServer, goal: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    queued = await client.agent.queue(goal=goal, url=URL)
    with pytest.raises(ZeroDivisionError) as raised:
        await client.runs.wait(queued, on_update=fail)
    assert queued.run_id in "".join(raised.value.__notes__)
    assert queued.run_id in caplog.text


async def test_the_end_of_a_streams_block_cancels_if_asked(
    client: Any, server: FaultServer, goal: str
) -> None:
    async with client.agent.stream(goal=goal, url=URL, cancel_on_exit=True) as stream:
        async for _ in stream:
            break
    assert statuses(server) == ["CANCELLED"]


async def test_a_loop_over_many_that_is_broken_off_cancels_the_rest(
    client: Any, server: FaultServer, goal: str
) -> None:
    queued = await client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
    first = server.started()[0]
    first.ends = server.clock.now()
    runs: AsyncIterator[Any] = client.runs.wait_many(queued, cancel_on_exit=True)
    async for run in runs:
        assert run.run_id == first.run_id
        break
    await runs.aclose()  # type: ignore[attr-defined]
    assert sorted(statuses(server)) == ["CANCELLED", "CANCELLED", "COMPLETED"]


async def test_many_that_are_late_are_cancelled(client: Any, server: FaultServer, goal: str) -> None:
    queued = await client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
    with pytest.raises(WaitTimeoutError, match="Cancelled: ") as raised:
        await anext(aiter(client.runs.wait_many(queued, timeout=0.1, cancel_on_timeout=True)))
    assert set(statuses(server)) == {"CANCELLED"}
    assert raised.value.run_ids == tuple(queued.run_ids)


async def test_many_tell_of_their_updates(client: Any, server: FaultServer, goal: str) -> None:
    server.run_seconds = 0.3
    queued = await client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(2)])
    told: list[tuple[str, str]] = []
    async for _ in client.runs.wait_many(queued, on_update=lambda run: told.append((run.run_id, run.status))):
        pass
    assert {run_id for run_id, _ in told} == set(queued.run_ids)
    assert {status for _, status in told} >= {"COMPLETED"}


async def test_a_handle_can_let_its_run_go_on(client: Any, server: FaultServer, goal: str) -> None:
    async with client.agent.start(goal=goal, url=URL, cancel_on_exit=False):
        pass
    async with client.agent.start(goal=goal, url=URL) as handle:
        handle.detach()
    assert set(statuses(server)) == {"RUNNING"}


async def test_a_run_that_has_ended_is_not_cancelled(client: Any, server: FaultServer, goal: str) -> None:
    server.run_seconds = 0.05
    for way in WAYS:
        await way(client, goal, {"cancel_on_exit": True})
    assert set(statuses(server)) == {"COMPLETED"}
    assert not server.asked("cancel")


async def test_a_session_that_may_have_been_opened_is_told(
    client: Any, server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script("session", stall(create=True))
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await until(lambda: server.sessions)
                scope.cancel()

            tasks.start_soon(cancel)
            await client.browser.sessions.create(url="https://a.example/x")
    assert "browser session" in caplog.text
    assert "https://a.example/x" in caplog.text
    assert "may have happened" in caplog.text


# Options


@pytest.mark.parametrize("name", ["cancel_on_exit", "cancel_on_timeout"])
def test_the_options_are_checked(server: FaultServer, name: str) -> None:
    with TinyFish("key", base_url=server.url) as client:
        for call in (client.agent.run, client.agent.stream):
            with pytest.raises(TypeError, match=f"{name} must be True or False"):
                call(goal="g", url=URL, **{name: "yes"})  # type: ignore[arg-type]
        for wait in (client.runs.wait, client.runs.wait_many):
            with pytest.raises(TypeError, match=f"{name} must be True or False"):
                wait("r", **{name: "yes"})  # type: ignore[call-overload]
    assert server.requests == []


@pytest.mark.parametrize("method", ["queue", "start"])
def test_an_option_that_is_not_for_a_method_is_refused(server: FaultServer, method: str) -> None:
    with TinyFish("key", base_url=server.url) as client, pytest.raises(TypeError, match="cancel_on_timeout"):
        getattr(client.agent, method)(goal="g", url=URL, cancel_on_timeout=True)
    with TinyFish("key", base_url=server.url) as client, pytest.raises(TypeError, match="cancel_on_timeout"):
        client.agent.queue_many([{"goal": "g", "url": URL}], cancel_on_timeout=True)  # type: ignore[call-overload]
    assert server.requests == []


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
        errand = run_guard._Errand(run_guard.RunGuard(client._executor, policy), work, "g")
        errand._left_by = KeyboardInterrupt()
        errand._do()
        assert stopped == cancelled
    assert ("Run run-1 goes on" in caplog.text) != bool(cancelled)


# Left to the garbage collector


@pytest.mark.parametrize("how", ["break", "exception"])
async def test_many_are_cancelled_though_the_client_closes_at_once(
    client: Any, server: FaultServer, goal: str, how: str
) -> None:
    async def use() -> None:
        async with AsyncTinyFish("key", base_url=server.url) as own:
            queued = await own.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
            server.started()[0].ends = server.clock.now()
            async for _ in own.runs.wait_many(queued, cancel_on_exit=True):
                if how == "break":
                    return
                raise ZeroDivisionError

    if how == "break":
        await use()
    else:
        with pytest.raises(ZeroDivisionError):
            await use()
    assert sorted(statuses(server)) == ["CANCELLED", "CANCELLED", "COMPLETED"]


async def test_a_bare_stream_that_is_left_is_cancelled(client: Any, server: FaultServer, goal: str) -> None:
    async with AsyncTinyFish("key", base_url=server.url) as own:
        async for _ in own.agent.stream(goal=goal, url=URL, cancel_on_exit=True):
            break
    assert statuses(server) == ["CANCELLED"]


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
    client: Any, server: FaultServer, goal: str, caplog: pytest.LogCaptureFixture
) -> None:
    queued = await client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(2)])
    server.started()[0].ends = server.clock.now()
    async for _ in client.runs.wait_many(queued):
        break
    gc.collect()
    assert server.started()[1].run_id in caplog.text


@pytest.mark.parametrize("where", ["block", "callback"])
async def test_a_limit_within_the_block_is_time_that_is_up(
    client: Any, server: FaultServer, goal: str, where: str
) -> None:
    async def late(_: object = None) -> None:
        with anyio.fail_after(0.05):
            await anyio.sleep_forever()

    queued = await client.agent.queue(goal=goal, url=URL)

    async def use() -> None:
        if where == "callback":
            await client.runs.wait(queued, on_update=late, cancel_on_timeout=True)
        async with client.agent.stream(goal=goal, url=URL, cancel_on_timeout=True) as stream:
            await anext(stream)
            await late()

    with pytest.raises(TimeoutError):
        await use()
    assert "CANCELLED" in statuses(server)


def test_callbacks_that_nobody_would_await_are_refused(server: FaultServer) -> None:
    async def callback(_: object) -> None: ...

    with TinyFish("key", base_url=server.url) as client:
        for call in (client.runs.wait, client.runs.wait_many):
            with pytest.raises(TypeError, match="only AsyncTinyFish awaits it"):
                call("r", on_update=callback)  # type: ignore[call-overload]
            with pytest.raises(TypeError, match="on_update must be a function"):
                call("r", on_update=1)  # type: ignore[call-overload]
        with pytest.raises(TypeError, match="only AsyncTinyFish awaits it"):
            client.agent.stream(goal="g", url=URL, on_started=callback)
    assert server.requests == []
