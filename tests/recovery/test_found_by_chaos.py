"""Regression tests for the faults that the chaos program has found."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from asking import URL, statuses, until
from fault_server import FaultServer, run_in_500, stall

from tinyfish import APIError
from tinyfish._core.cancellation.cancel_policy import CancelPolicy
from tinyfish._core.recovery.run_search import SEARCH_DELAYS

NewClient = Callable[..., Any]


async def test_a_session_that_is_left_while_it_is_searched_for_is_told(
    async_client: Any,
    slow_server: FaultServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("recovery", "async_recovery"):
        monkeypatch.setattr(f"tinyfish._core.recovery.{module}.SEARCH_DELAYS", SEARCH_DELAYS)
    slow_server.script("session", stall(create=True))
    slow_server.script("usage", stall(create=False))
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def cancel() -> None:
                await until(lambda: slow_server.asked("usage"))
                scope.cancel()

            tasks.start_soon(cancel)
            await async_client.browser.sessions.create(url="https://a.example/x", timeout=0.2)
    assert "https://a.example/x" in caplog.text
    assert "may have happened" in caplog.text


@pytest.mark.parametrize("option", ["cancel_on_exit", "cancel_on_timeout"])
@pytest.mark.parametrize("cancels", [True, False])
async def test_the_run_of_a_stream_whose_failed_start_names_it(
    new_client: NewClient,
    truth_server: FaultServer,
    goal: str,
    option: str,
    cancels: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without recovery that is an error. It is left by that, so the run is cancelled, or named."""
    truth_server.run_seconds = 1000
    truth_server.script("stream", run_in_500(create=True))
    stream = new_client().agent.stream(goal=goal, url=URL, recover=False, **{option: cancels})
    with caplog.at_level(logging.WARNING, "tinyfish"), pytest.raises(APIError) as raised:
        async with stream:
            pass
    (run,) = truth_server.started()
    assert raised.value.run_id == run.run_id
    cancelled = cancels and option == "cancel_on_exit"  # the error is no time limit
    assert statuses(truth_server) == ["CANCELLED" if cancelled else "RUNNING"]
    assert cancelled or run.run_id in caplog.text


class CancelledHereError(BaseException):
    pass


@pytest.mark.parametrize(
    ("error", "cancels"),
    [
        (BaseExceptionGroup("tasks", [CancelledHereError(), CancelledHereError()]), True),
        (BaseExceptionGroup("tasks", [BaseExceptionGroup("inner", [CancelledHereError()])]), True),
        (ExceptionGroup("tasks", [TimeoutError()]), True),
        (BaseExceptionGroup("tasks", [KeyboardInterrupt(), ValueError()]), False),
    ],
)
def test_a_cancellation_may_come_in_a_group(error: BaseException, cancels: bool) -> None:
    """As it does on trio, where several tasks are cancelled together: within a connection that is made, say."""
    assert CancelPolicy(cancel_on_timeout=True).cancels_after(error, CancelledHereError) is cancels
