"""Research runs of calls that end early: cancelled with `cancel_on_exit=True`, named otherwise."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from tinyfish import WaitTimeoutError
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

QUERY = "slow one"


@pytest.fixture
def slow(sandbox: Sandbox) -> Sandbox:
    sandbox.on(query=QUERY, hangs=True)
    return sandbox


@pytest.fixture
def client(new_client: Callable[..., Any], slow: Sandbox) -> Any:
    return new_client(api_key=slow.api_key, base_url=slow.url, clock=SYSTEM_CLOCK)


async def statuses(client: Any) -> list[str]:
    return [str(run.status) for run in (await client.research.list()).data]


@pytest.mark.parametrize("cancels", [True, False])
async def test_the_own_time_limit(client: Any, cancels: bool) -> None:
    outcome = "It was cancelled" if cancels else "goes on"
    with pytest.raises(WaitTimeoutError, match=outcome) as caught:
        await client.research.run(query=QUERY, timeout=0.3, cancel_on_exit=cancels)
    assert await statuses(client) == ["CANCELLED" if cancels else "RUNNING"]
    assert caught.value.run_id == (await client.research.list()).data[0].research_run_id


@pytest.mark.parametrize("cancels", [True, False])
async def test_the_time_limit_of_a_stream(async_client: Any, slow: Sandbox, cancels: bool) -> None:
    client = type(async_client)(slow.api_key, base_url=slow.url)  # in a thread, a body gets 5 more seconds
    with pytest.raises(WaitTimeoutError, match="It was cancelled" if cancels else "goes on"):
        async for _ in client.research.stream(query=QUERY, timeout=0.3, cancel_on_exit=cancels):
            pass
    assert await statuses(client) == ["CANCELLED" if cancels else "RUNNING"]
    await client.aclose()


@pytest.mark.parametrize("by", ["exception", "close"])
@pytest.mark.parametrize("cancels", [True, False])
async def test_a_stream_that_is_left(
    client: Any, by: str, cancels: bool, caplog: pytest.LogCaptureFixture
) -> None:
    stream = client.research.stream(query=QUERY, cancel_on_exit=cancels)
    if by == "close":
        await anext(stream)
        await stream.aclose()
    else:
        with pytest.raises(KeyError):  # noqa: PT012 - raised in the block
            async with stream:
                await anext(stream)
                raise KeyError(by)
    assert await statuses(client) == ["CANCELLED" if cancels else "RUNNING"]
    assert (f"Research run {stream.run_id} goes on" in caplog.text) is not cancels


async def test_a_stream_that_has_ended_cancels_nothing(client: Any, slow: Sandbox) -> None:
    slow.add_page("https://a.example/", "<p>Quick answers</p>")
    async with client.research.stream(query="quick", cancel_on_exit=True) as stream:
        assert [event.event async for event in stream][-1] == "done"
    assert "cancelResearch" not in [request.operation for request in slow.requests]


@pytest.mark.parametrize("call", ["run", "stream"])
@pytest.mark.parametrize("cancels", [True, False])
async def test_a_cancelled_task(
    async_client: Any, slow: Sandbox, caplog: pytest.LogCaptureFixture, call: str, cancels: bool
) -> None:
    client = type(async_client)(slow.api_key, base_url=slow.url)
    created = anyio.Event()

    async def ask() -> None:
        if call == "run":
            await client.research.run(query=QUERY, cancel_on_exit=cancels)
        else:
            async for _ in client.research.stream(
                query=QUERY, cancel_on_exit=cancels, on_created=lambda _: created.set()
            ):
                pass

    async def going_on() -> None:
        if call == "stream":
            await created.wait()
        while (  # noqa: ASYNC110 - the server is in another thread
            call == "run" and not any(one.operation == "getResearch" for one in slow.requests)
        ):
            await anyio.sleep(0.01)

    with caplog.at_level(logging.WARNING, "tinyfish"):
        async with client:
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(ask)
                    await going_on()
                    scope.cancel()
            (run,) = (await client.research.list()).data
    assert str(run.status) == ("CANCELLED" if cancels else "RUNNING")
    assert (f"Research run {run.research_run_id} goes on" in caplog.text) is not cancels


@pytest.mark.parametrize("value", ["yes", None, 1])
async def test_the_option_is_a_boolean(client: Any, slow: Sandbox, value: object) -> None:
    with pytest.raises(TypeError, match="cancel_on_exit must be True or False"):
        await client.research.run(query=QUERY, cancel_on_exit=value)
    assert slow.requests == []
