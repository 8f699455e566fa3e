"""How type checkers see `returns=`, from the call to the value; checked, never run.

Expected errors are ignored by name; an ignored error that doesn't occur is itself an error.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import dataclasses
from typing import Any, Literal, NamedTuple, TypedDict, assert_type

import attrs

from tinyfish import (
    AgentRunAsyncResponse,
    AgentRunBatchResponse,
    AgentRunResponse,
    AgentStream,
    AsyncAgentStream,
    AsyncRunHandle,
    AsyncTinyFish,
    CompleteEvent,
    Problem,
    Repair,
    ResultMismatchError,
    Run,
    RunHandle,
    SchemaValidation,
    TinyFish,
    read_as,
    schema_for,
)
from tinyfish._core.calls.async_items import AsyncItems
from tinyfish._core.calls.items import Items


@attrs.frozen
class Product:
    name: str


@dataclasses.dataclass
class Offer:
    price: float


class Row(TypedDict):
    name: str


class Point(NamedTuple):
    x: int


def use(product: Product) -> None: ...


def run(client: TinyFish) -> None:
    agent = client.agent
    assert_type(agent.run(goal="g", url="u", returns=Product), AgentRunResponse[Product])
    assert_type(agent.run(goal="g", url="u", returns=Product).value, Product)
    assert_type(agent.run(goal="g", url="u", returns=Product, strict=True, timeout=60).value, Product)
    assert_type(agent.run(goal="g", url="u", returns=Product, cancel_on_timeout=True).value, Product)
    assert_type(agent.run(goal="g", url="u", returns=Product).raise_for_outcome().value, Product)
    assert_type(agent.run(goal="g", url="u", returns=Offer).value, Offer)
    assert_type(agent.run(goal="g", url="u", returns=Row).value, Row)
    assert_type(agent.run(goal="g", url="u", returns=Point).value, Point)
    assert_type(agent.run(goal="g", url="u", returns=int).value, int)
    assert_type(agent.run(goal="g", url="u", returns=list[Product]).value, list[Product])
    assert_type(agent.run(goal="g", url="u", returns=dict[str, Offer]).value, dict[str, Offer])
    assert_type(agent.run(goal="g", url="u"), AgentRunResponse)
    assert_type(agent.run(goal="g", url="u").value, dict[str, Any] | None)
    assert_type(agent.run(goal="g", url="u", output_schema={}).value, dict[str, Any] | None)
    assert_type(agent.run(goal="g", url="u", returns=None).value, dict[str, Any] | None)
    use(agent.run(goal="g", url="u", returns=Product).value)
    use(agent.run(goal="g", url="u", returns=Offer).value)  # type: ignore[arg-type]
    use(agent.run(goal="g", url="u").value)  # type: ignore[arg-type]


def a_type_that_is_no_class(client: TinyFish) -> None:
    agent, runs = client.agent, client.runs
    # Only a class is a type[T]; what a union stands for may be anything, until it is given a name.
    assert_type(agent.run(goal="g", url="u", returns=Product | None), AgentRunResponse[Any])
    assert_type(agent.queue(goal="g", url="u", returns=Product | None), AgentRunAsyncResponse[Any])
    assert_type(agent.start(goal="g", url="u", returns=Literal["a", "b"]), RunHandle[Any])
    assert_type(agent.stream(goal="g", url="u", returns=Product | Offer), AgentStream[Any])
    assert_type(runs.wait("id", returns=Product | None), Run[Any])
    assert_type(runs.wait_many(["id"], returns=Product | None), Items[Run[Any]])
    named: Product | None = agent.run(goal="g", url="u", returns=Product | None).value
    use(named)  # type: ignore[arg-type]


def beside_the_value(client: TinyFish) -> None:
    response = client.agent.run(goal="g", url="u", returns=Product)
    assert_type(response.result, dict[str, Any] | None)
    assert_type(response.repairs, tuple[Repair, ...])
    assert_type(response.schema_validation, SchemaValidation | None)
    assert_type(schema_for(Product), dict[str, Any])
    assert_type(read_as(list[Product], response.result), list[Product])
    try:
        _ = response.value
    except ResultMismatchError as error:
        assert_type(error.problems, tuple[Problem, ...])
        assert_type(error.raw, object)


def queue(client: TinyFish) -> None:
    agent, runs = client.agent, client.runs
    assert_type(agent.queue(goal="g", url="u", returns=Product), AgentRunAsyncResponse[Product])
    assert_type(agent.queue(goal="g", url="u"), AgentRunAsyncResponse)
    assert_type(runs.wait(agent.queue(goal="g", url="u", returns=Product)), Run[Product])
    assert_type(runs.wait(agent.queue(goal="g", url="u", returns=list[Product])).value, list[Product])
    assert_type(runs.wait(agent.queue(goal="g", url="u", returns=dict[str, Row])).value, dict[str, Row])
    assert_type(runs.wait(agent.queue(goal="g", url="u")), Run)
    assert_type(runs.wait(agent.queue(goal="g", url="u")).value, dict[str, Any] | None)
    assert_type(runs.wait(agent.queue(goal="g", url="u", returns=Offer), returns=Product).value, Product)
    assert_type(runs.wait("id", returns=Product, strict=True).value, Product)
    assert_type(runs.wait("id", timeout=10).value, dict[str, Any] | None)
    assert_type(runs.wait(runs.get("id")).value, dict[str, Any] | None)
    assert_type(runs.wait(agent.start(goal="g", url="u", returns=Product).get()).value, Product)
    assert_type(runs.get("id"), Run)
    assert_type(runs.get("id").value, dict[str, Any] | None)
    use(runs.wait("id").value)  # type: ignore[arg-type]


def queue_many(client: TinyFish) -> None:
    agent, runs = client.agent, client.runs
    wanted = agent.queue_many([{"goal": "g", "url": "u"}], returns=Product)
    assert_type(wanted, AgentRunBatchResponse[Product])
    assert_type(runs.wait_many(wanted), Items[Run[Product]])
    for each in runs.wait_many(wanted, timeout=60):
        assert_type(each.value, Product)
    assert_type(runs.wait_many(agent.queue_many([])), Items[Run])
    assert_type(runs.wait_many(agent.queue_many([], returns=list[Product])), Items[Run[list[Product]]])
    assert_type(runs.wait_many(agent.queue_many([]), returns=Product), Items[Run[Product]])
    assert_type(runs.wait_many(["id"], returns=Product), Items[Run[Product]])
    assert_type(runs.wait_many(["id"]), Items[Run])
    queued = [agent.queue(goal="g", url="u", returns=Product) for _ in range(2)]
    assert_type(runs.wait_many(queued), Items[Run[Product]])
    seen = [agent.start(goal="g", url="u", returns=Product).get() for _ in range(2)]
    assert_type(runs.wait_many(seen), Items[Run[Product]])


def start(client: TinyFish) -> None:
    agent = client.agent
    assert_type(agent.start(goal="g", url="u"), RunHandle)
    assert_type(agent.start(goal="g", url="u").value(), dict[str, Any] | None)
    with agent.start(goal="g", url="u", returns=Product) as handle:
        assert_type(handle, RunHandle[Product])
        assert_type(handle.value(), Product)
        assert_type(handle.value(timeout=60), Product)
        assert_type(handle.wait(), Run[Product])
        assert_type(handle.wait().value, Product)
        assert_type(handle.get().value, Product)
        assert_type(handle.result(), dict[str, Any] | None)
        assert_type(handle.events(), AgentStream[Product])
        assert_type(handle.events().until_complete().value, Product)
    assert_type(agent.start(goal="g", url="u", returns=list[Product]).value(), list[Product])


def stream(client: TinyFish) -> None:
    def completed(event: CompleteEvent[Product]) -> None:
        assert_type(event.value, Product)

    agent = client.agent
    with agent.stream(goal="g", url="u", returns=Product, on_complete=completed) as events:
        assert_type(events, AgentStream[Product])
        assert_type(events.until_complete(), CompleteEvent[Product])
        assert_type(events.until_complete().value, Product)
    with agent.stream(goal="g", url="u", returns=dict[str, Offer]) as offers:
        assert_type(offers.until_complete().value, dict[str, Offer])
    with agent.stream(goal="g", url="u") as untyped:
        assert_type(untyped, AgentStream)
        assert_type(untyped.until_complete().value, dict[str, Any] | None)
    agent.stream(goal="g", url="u", returns=Product, on_complete=lambda event: use(event.value))


async def asynchronous(client: AsyncTinyFish) -> None:
    agent, runs = client.agent, client.runs
    assert_type(await agent.run(goal="g", url="u", returns=Product), AgentRunResponse[Product])
    assert_type((await agent.run(goal="g", url="u", returns=list[Product])).value, list[Product])
    assert_type((await agent.run(goal="g", url="u")).value, dict[str, Any] | None)
    queued = await agent.queue(goal="g", url="u", returns=Product)
    assert_type(queued, AgentRunAsyncResponse[Product])
    assert_type(await runs.wait(queued), Run[Product])
    assert_type((await runs.wait(await agent.queue(goal="g", url="u"))).value, dict[str, Any] | None)
    assert_type((await runs.wait("id", returns=Product)).value, Product)
    assert_type((await runs.wait("id")).value, dict[str, Any] | None)
    assert_type((await runs.get("id")).value, dict[str, Any] | None)
    many = await agent.queue_many([{"goal": "g", "url": "u"}], returns=Product)
    assert_type(many, AgentRunBatchResponse[Product])
    assert_type(runs.wait_many(many), AsyncItems[Run[Product]])
    assert_type(runs.wait_many([queued, queued]), AsyncItems[Run[Product]])
    assert_type(runs.wait_many(["id"], returns=Product), AsyncItems[Run[Product]])
    assert_type(runs.wait_many(["id"]), AsyncItems[Run])
    async for each in runs.wait_many(many):
        assert_type(each.value, Product)
    async with agent.start(goal="g", url="u", returns=Product) as handle:
        assert_type(handle, AsyncRunHandle[Product])
        assert_type(await handle.value(), Product)
        assert_type((await handle.wait()).value, Product)
        assert_type((await handle.events().until_complete()).value, Product)
    assert_type(await (await agent.start(goal="g", url="u")).value(), dict[str, Any] | None)
    async with agent.stream(goal="g", url="u", returns=Product) as events:
        assert_type(events, AsyncAgentStream[Product])
        assert_type(await events.until_complete(), CompleteEvent[Product])
    async with agent.stream(goal="g", url="u") as untyped:
        assert_type((await untyped.until_complete()).value, dict[str, Any] | None)
