"""What would pay for a run twice, or forget one: errors after a lost answer, lags, and ends that nobody saw."""

from __future__ import annotations

import inspect
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from toolsets import URL, ask

from tinyfish import TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.tools import started

pytestmark = pytest.mark.anyio


async def until(sandbox: Sandbox, status: str) -> None:
    with anyio.fail_after(10):
        while sandbox.runs[-1].status != status:  # noqa: ASYNC110 - it's in another thread
            await anyio.sleep(0.01)


async def test_an_error_after_a_lost_answer(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    """The second call learns nothing about the start of the first one."""
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    sandbox.fault("queueRun", when="after", cut=True, times=1)
    sandbox.fault("listRuns", status=401, times=2)
    tools = new_tools()
    assert "not known whether the run was started" in await ask(tools, "run", goal="headlines", url=URL)
    assert "refused the API key" in await ask(tools, "run", goal="headlines", url=URL)
    assert '{"headlines": ["A"]}' in await ask(tools, "run", goal="headlines", url=URL)
    assert len(sandbox.runs) == 1


async def test_a_new_run_that_is_not_visible_yet(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="endless", hangs=True)
    sandbox.fault("getRun", status=404, code="NOT_FOUND")
    tools = new_tools(patience=0.3)
    for _ in range(2):
        assert "It goes on" in await ask(tools, "run", goal="endless", url=URL)
    (run,) = sandbox.runs
    assert "It goes on" in await ask(tools, "get_run", run_id=run.run_id)
    assert tools.runs[0].run_id == run.run_id
    assert "Check the id" in await ask(tools, "get_run", run_id="other")


@pytest.mark.parametrize(
    ("options", "fresh", "runs"),
    [({}, False, 1), ({}, True, 2), ({"reuse_seconds": 0.2}, False, 2)],
    ids=["reused", "fresh", "old"],
)
async def test_a_run_whose_end_nobody_saw(
    new_tools: Callable[..., Any], sandbox: Sandbox, options: dict[str, Any], fresh: bool, runs: int
) -> None:
    sandbox.on(goal="slow", latency=0.8, result={"price": 1})
    tools = new_tools(patience=0.2, **options)
    assert "It goes on" in await ask(tools, "run", goal="slow", url=URL)
    await until(sandbox, "COMPLETED")
    if "reuse_seconds" in options:
        tools._client._executor.server_clock.now = lambda: time.time() + 3600
    said = await ask(tools, "run", goal="slow", url=URL, fresh=fresh)
    assert len(sandbox.runs) == runs
    assert ("Nothing was started or paid again" in said) is (runs == 1)


async def test_a_listener_that_fails_does_not_lose_the_run(
    new_tools: Callable[..., Any], sandbox: Sandbox
) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})

    def listen(run: object) -> None:
        raise RuntimeError

    answer = new_tools().answer("run", {"goal": "headlines", "url": URL}, on_update=listen)
    answer = await answer if inspect.isawaitable(answer) else answer
    assert answer.data["run_id"] == sandbox.runs[0].run_id
    assert not answer.is_error


async def test_ends_that_nobody_sees_do_not_fill_the_memory(
    new_tools: Callable[..., Any], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(started, "_MOST_KEPT", 2)
    sandbox.on(goal="slow", latency=0.3, result={"price": 1})
    sandbox.on(goal="endless", hangs=True)
    tools = new_tools(patience=0.2)

    async def run(goal: str, page: str) -> str:
        return await ask(tools, "run", goal=goal, url=URL + page)

    assert "It goes on" in await run("endless", "a")
    assert "It goes on" in await run("slow", "b")
    await until(sandbox, "COMPLETED")
    assert "It goes on" in await run("endless", "c")
    assert [one.url for one in tools.runs] == [f"{URL}a", f"{URL}c"]
    assert "2 runs of these tools may still go on" in await run("slow", "b")
    assert "It goes on" in await run("endless", "a")  # the same run
    assert len(sandbox.runs) == 3
    await ask(tools, "cancel_run", run_id=tools.runs[0].run_id)
    assert "It goes on" in await run("endless", "d")


@pytest.mark.parametrize("exists", [True, False])
async def test_lost_answers_do_not_fill_the_memory(
    new_tools: Callable[..., Any], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    monkeypatch.setattr(started, "_MOST_KEPT", 1)
    monkeypatch.setattr(started, "LISTED_WITHIN_SECONDS", 0)
    sandbox.on(goal="endless", hangs=True)
    sandbox.fault("queueRun", when="after" if exists else "before", cut=True, times=1)
    sandbox.fault("listRuns", status=401, times=1)
    tools = new_tools(patience=0.3)
    assert "not known whether the run was started" in await ask(tools, "run", goal="endless", url=URL)
    said = await ask(tools, "run", goal="endless", url=f"{URL}other")
    assert ("1 runs of these tools" if exists else "It goes on") in said
    assert len(sandbox.runs) == 1
    assert tools.runs[0].run_id == sandbox.runs[0].run_id


@pytest.mark.parametrize("flavour", ["sync"])
async def test_a_model_is_told_of_no_argument_that_it_has_not(
    new_tools: Callable[..., Any], sandbox: Sandbox, tmp_path: Path, flavour: str
) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    with TinyFish(sandbox.api_key, base_url=sandbox.url, ledger=tmp_path / "runs.db") as client:
        for steps, says in ((10, '{"headlines": ["A"]}'), (20, "with other options of the program")):
            options = {"agent_config": {"max_steps": steps}}
            tools = new_tools(client=client, job="chat", run_options=options)
            said = await ask(tools, "run", goal="headlines", url=URL)
            assert says in said
            assert "idempotency_key" not in said
        assert "fresh=true" in said
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(tools._options)
