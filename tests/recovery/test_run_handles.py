"""A handle owns its run: the end of its block cancels the run, unless it has ended or was detached."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from asking import URL, statuses, until
from fault_server import Fault, FaultServer, Then, cut, envelope, http, page, stall

from tinyfish import (
    APIError,
    RunBillingError,
    RunCancelledError,
    RunFailedError,
    UncertainStartError,
    WaitTimeoutError,
)
from tinyfish._core.calls.call_options import CallOptions

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]


class LeftError(Exception):
    """Why a block was left."""


@pytest.mark.parametrize("way_out", [LeftError, KeyboardInterrupt, SystemExit, None])
async def test_leaving_the_block_cancels_the_run(
    new_client: NewClient, truth_server: FaultServer, goal: str, way_out: type[BaseException] | None
) -> None:
    async def leave() -> None:
        async with new_client().agent.start(goal=goal, url=URL):
            if way_out is not None:
                raise way_out

    if way_out is None:
        await leave()
    else:
        with pytest.raises(way_out):
            await leave()
    assert statuses(truth_server) == ["CANCELLED"]


async def test_leaving_by_a_time_limit_cancels_the_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 1000
    with pytest.raises(WaitTimeoutError) as caught:
        async with new_client().agent.start(goal=goal, url=URL) as handle:
            await handle.wait(timeout=20)
    assert caught.value.run_id == handle.run_id
    assert statuses(truth_server) == ["CANCELLED"]


async def test_a_detached_run_goes_on(new_client: NewClient, truth_server: FaultServer, goal: str) -> None:
    with pytest.raises(LeftError):  # noqa: PT012 - how the block is left is what is tested
        async with new_client().agent.start(goal=goal, url=URL) as handle:
            handle.detach()
            raise LeftError
    assert statuses(truth_server) == ["RUNNING"]


async def test_without_a_block_nothing_is_cancelled(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    handle = await new_client().agent.start(goal=goal, url=URL)
    assert await handle.status() == "RUNNING"
    assert truth_server.asked("cancel") == []


async def wait(handle: Any) -> None:
    assert (await handle.wait()).status == "COMPLETED"


async def result(handle: Any) -> None:
    assert await handle.result() == {"url": URL}


async def events(handle: Any) -> None:
    assert [event.type async for event in handle.events()][-1] == "COMPLETE"


async def cancel(handle: Any) -> None:
    assert (await handle.cancel()).status == "CANCELLED"


@pytest.mark.parametrize("use", [wait, result, events, cancel])
async def test_a_run_that_ended_is_not_cancelled(
    new_client: NewClient, truth_server: FaultServer, goal: str, use: Callable[[Any], Awaitable[None]]
) -> None:
    async with new_client().agent.start(goal=goal, url=URL) as handle:
        await use(handle)
        asked = len(truth_server.asked("cancel"))
    assert len(truth_server.asked("cancel")) == asked


async def test_a_poll_that_saw_the_end_is_enough(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: Any
) -> None:
    async with new_client().agent.start(goal=goal, url=URL) as handle:
        assert (await handle.get()).streaming_url == await handle.streaming_url()
        time.sleep(10)
        assert await handle.status() == "COMPLETED"
    assert truth_server.asked("cancel") == []


@pytest.mark.parametrize(
    "fault",
    [cut(create=True), page(502, create=True), envelope(500), envelope(403, "FORBIDDEN")],
    ids=["cut", "page", "envelope", "forbidden"],
)
async def test_a_cancel_that_fails_never_hides_the_first_error(
    new_client: NewClient,
    truth_server: FaultServer,
    goal: str,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    truth_server.script("cancel", *[fault] * 5)
    with caplog.at_level(logging.WARNING, "tinyfish"), pytest.raises(LeftError):
        async with new_client().agent.start(goal=goal, url=URL) as handle:
            raise LeftError
    assert handle.run_id in caplog.text


async def test_a_cancel_that_stalls_is_given_up(
    new_client: NewClient, truth_server: FaultServer, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("cancelling", "async_cancelling"):
        monkeypatch.setattr(
            f"tinyfish._core.cancellation.{module}.CANCEL_OPTIONS", CallOptions(timeout=0.2, max_retries=2)
        )
    truth_server.script("cancel", *[stall(create=False)] * 5)
    with pytest.raises(LeftError):
        async with new_client().agent.start(goal=goal, url=URL):
            raise LeftError


async def test_a_cancel_is_tried_again(new_client: NewClient, truth_server: FaultServer, goal: str) -> None:
    truth_server.script("cancel", cut(create=False), page(502, create=False))
    async with new_client().agent.start(goal=goal, url=URL):
        pass
    assert statuses(truth_server) == ["CANCELLED"]


@pytest.mark.parametrize(
    ("category", "error"), [("BILLING_FAILURE", RunBillingError), ("AGENT_FAILURE", RunFailedError)]
)
async def test_the_result_of_a_failed_run_is_an_error(
    new_client: NewClient, truth_server: FaultServer, goal: str, category: str, error: type[RunFailedError]
) -> None:
    reason = {"message": "No", "category": category, "retry_after": 5, "help_url": "https://h.example"}
    async with new_client().agent.start(goal=goal, url=URL) as handle:
        truth_server.runs[handle.run_id].status_at_end = "FAILED"
        truth_server.runs[handle.run_id].error = reason
        with pytest.raises(error) as caught:
            await handle.result()
    assert type(caught.value) is error
    assert (caught.value.category, caught.value.retry_after) == (category, 5)
    assert caught.value.help_url == "https://h.example"


async def test_the_result_of_a_cancelled_run_is_an_error(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    async with new_client().agent.start(goal=goal, url=URL) as handle:
        await handle.cancel()
        with pytest.raises(RunCancelledError):
            await handle.result()


async def test_a_run_that_cannot_be_queued_has_no_handle(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    body = b'{"run_id": null, "error": {"code": "service_busy", "message": "Later"}}'
    truth_server.script("queue", Fault(create=False, answer=lambda _: http(200, body)))
    with pytest.raises(RunFailedError, match="Later"):
        await new_client().agent.start(goal=goal, url=URL)


async def test_a_poll_that_fails_names_the_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("get", envelope(403, "FORBIDDEN"))
    with pytest.raises(APIError) as caught:
        await new_client().agent.run(goal=goal, url=URL, cancel_on_timeout=True)
    assert caught.value.run_id == truth_server.started()[0].run_id
    assert truth_server.started()[0].run_id in str(caught.value)


# Task cancellation


async def test_a_cancelled_scope_cancels_the_run(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    with anyio.CancelScope() as scope:
        async with async_client.agent.start(goal=goal, url=URL) as handle:
            scope.cancel()
            await handle.wait()
    assert scope.cancelled_caught
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_deadline_cancels_the_run(async_client: Any, slow_server: FaultServer, goal: str) -> None:
    with pytest.raises(TimeoutError), anyio.fail_after(0.3):
        async with async_client.agent.start(goal=goal, url=URL) as handle:
            await handle.wait()
    assert statuses(slow_server) == ["CANCELLED"]


async def test_another_error_under_a_cancelled_scope_stays_the_error(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    with anyio.CancelScope() as scope, pytest.raises(LeftError):  # noqa: PT012
        async with async_client.agent.start(goal=goal, url=URL):
            scope.cancel()
            raise LeftError
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_scope_cancelled_while_the_start_is_under_way_cancels_the_run(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.script("queue", Fault(hold=0.2))
    async with anyio.create_task_group() as tasks:

        async def work() -> None:
            async with async_client.agent.start(goal=goal, url=URL):
                raise AssertionError("never entered")

        tasks.start_soon(work)
        await until(slow_server.started)
        tasks.cancel_scope.cancel()
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_cancelled_start_whose_answer_is_lost_is_logged(
    async_client: Any, slow_server: FaultServer, goal: str, caplog: pytest.LogCaptureFixture
) -> None:
    slow_server.script("queue", cut(create=True, hold=0.2))
    with caplog.at_level(logging.WARNING, "tinyfish"):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(async_client.agent.start(goal=goal, url=URL).__aenter__)
            await until(slow_server.started)
            tasks.cancel_scope.cancel()
    assert slow_server.started()[0].run_id in caplog.text


async def test_a_cancelled_start_that_nobody_answers_is_given_up(
    async_client: Any,
    slow_server: FaultServer,
    goal: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tinyfish._core.cancellation.run_guard.EXIT_GRACE_SECONDS", 0.2)
    slow_server.script("queue", stall(create=True))
    with caplog.at_level(logging.WARNING, "tinyfish"):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(async_client.agent.start(goal=goal, url=URL).__aenter__)
            await until(slow_server.started)
            tasks.cancel_scope.cancel()
    assert "may have happened" in caplog.text


async def test_an_uncertain_start_of_a_handle_is_told(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.script("queue", cut(create=True, then=Then.RESET))
    with pytest.raises(UncertainStartError):
        async with async_client.agent.start(goal=goal, url=URL):
            pass
    assert len(slow_server.asked("queue")) == 1


async def test_a_handle_is_started_once(async_client: Any, slow_server: FaultServer, goal: str) -> None:
    handle = async_client.agent.start(goal=goal, url=URL)
    assert await handle is await handle
    assert len(slow_server.asked("queue")) == 1


async def test_two_tasks_do_not_start_a_handle_twice(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.script("queue", Fault(hold=0.1))
    handle = async_client.agent.start(goal=goal, url=URL)
    errors: list[Exception] = []

    async def start() -> None:
        try:
            await handle
        except RuntimeError as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(start)
        tasks.start_soon(start)
    assert len(errors) == 1
    assert len(slow_server.asked("queue")) == 1
