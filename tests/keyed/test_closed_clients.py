"""A closed client says so, whatever its ledger says: the client has closed that too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import KEY

from tinyfish import AsyncTinyFish, Budget, ClientClosedError, Ledger, Spent, TinyFish

RUN: Any = {"goal": "Read the title", "url": "https://a.example"}
NOWHERE = "http://127.0.0.1:9"


def job_of(client: Any) -> None:
    with client.agent.run_many([RUN]) as job:
        next(job)


def stream_of(client: Any) -> None:
    with client.agent.stream(**RUN) as stream:
        stream.until_complete()


async def job_of_async(client: Any) -> None:
    async with client.agent.run_many([RUN]) as job:
        await anext(job)


async def stream_of_async(client: Any) -> None:
    async with client.agent.stream(**RUN) as stream:
        await stream.until_complete()


CALLS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "run": (lambda client: client.agent.run(**RUN),) * 2,
    "queue": (lambda client: client.agent.queue(**RUN),) * 2,
    "start": (lambda client: client.agent.start(**RUN),) * 2,
    "queue_many": (lambda client: client.agent.queue_many([RUN]),) * 2,
    "reconcile": (lambda client: client.reconcile(),) * 2,
    "stream": (stream_of, stream_of_async),
    "run_many": (job_of, job_of_async),
}


@pytest.fixture(params=["its own", "another's"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    file = tmp_path / "runs.db"
    if request.param == "its own":
        yield file
        return
    with Ledger(file) as opened:
        yield opened


@pytest.mark.parametrize("name", CALLS)
def test_a_closed_client(name: str, ledger: Any) -> None:
    client = TinyFish(KEY, base_url=NOWHERE, ledger=ledger)
    client.close()
    with pytest.raises(ClientClosedError):
        CALLS[name][0](client)


@pytest.mark.parametrize("name", CALLS)
def test_a_closed_async_client(name: str, ledger: Any) -> None:
    async def use() -> None:
        client = AsyncTinyFish(KEY, base_url=NOWHERE, ledger=ledger)
        await client.close()
        with pytest.raises(ClientClosedError):
            await CALLS[name][1](client)

    asyncio.run(use())


@pytest.mark.parametrize("has_ledger", [True, False])
def test_a_closed_client_holds_nothing_of_a_budget(tmp_path: Path, has_ledger: bool) -> None:
    budget = Budget(runs=100)
    client = TinyFish(KEY, base_url=NOWHERE, ledger=tmp_path / "runs.db" if has_ledger else None)

    def items() -> Iterator[Any]:
        client.close()
        for _ in range(3):
            yield RUN

    with client.agent.run_many(items(), budget=budget) as job, pytest.raises(ClientClosedError):
        next(job)
    assert budget.reserved == Spent()
