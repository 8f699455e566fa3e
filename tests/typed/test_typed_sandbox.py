"""Typed results end to end: the sandbox reads the example site, and the client returns instances of the class."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypedDict

import pytest
from attrs import frozen
from clients import make_client

from tinyfish import Repair, ResultMismatchError, RunFailedError, schema_for
from tinyfish.demo.site import Site
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

EXAMPLES = Path(__file__).parents[2] / "examples"


@frozen
class Offer:
    price: Decimal
    price_currency: str


@frozen
class Product:
    name: str
    sku: str
    offers: Offer
    brand: str | None
    colour: str | None
    volume: str = ""


class Row(TypedDict):
    product: str
    sku: str
    price: float
    in_stock: int


@frozen
class Impossible:
    name: str
    birthday: str


KETTLE = Product(
    "Copper kettle", "KTL-100", Offer(Decimal("49"), "USD"), "Harbour Street", None, volume="1.6 l"
)
LAMP = Product("Storm lamp", "LMP-200", Offer(Decimal("34.5"), "USD"), "Harbour Street", None)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(chromium=False) as running:
        yield running


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with Site() as running:
        yield f"{running.url}shop/"


@pytest.fixture
async def client(flavour: str, sandbox: Sandbox) -> AsyncIterator[Any]:
    made = make_client(flavour, api_key=sandbox.api_key, base_url=sandbox.url)
    yield made
    await made.aclose()


async def test_run(client: Any, sandbox: Sandbox, shop: str) -> None:
    response = await client.agent.run(goal="Read the kettle", url=f"{shop}kettle.html", returns=Product)
    assert response.value == KETTLE
    assert response.repairs == ()
    assert response.schema_validation.valid
    assert response.result == {
        "name": "Copper kettle",
        "sku": "KTL-100",
        "offers": {"price": 49.0, "price_currency": "USD"},
        "brand": "Harbour Street",
        "colour": None,
        "volume": "1.6 l",
    }


async def test_the_sandbox_gets_the_schema_of_the_type(client: Any, sandbox: Sandbox, shop: str) -> None:
    queued = await client.agent.queue(goal="Read the lamp", url=f"{shop}lamp.html", returns=Product)
    run = await client.runs.wait(queued)
    assert run.value == LAMP
    assert run.repairs == (Repair("$.volume", "null-for-default"),)
    [record] = [record for record in sandbox.runs if record.run_id == queued.run_id]
    assert record.request["output_schema"] == schema_for(Product)


async def test_start(client: Any, shop: str) -> None:
    async with client.agent.start(goal="Read it", url=f"{shop}kettle.html", returns=Product) as handle:
        assert await handle.value(timeout=30) == KETTLE
        assert (await handle.events().until_complete()).value == KETTLE


async def test_stream(client: Any, shop: str) -> None:
    async with client.agent.stream(goal="Read it", url=f"{shop}kettle.html", returns=Product) as stream:
        events = [event async for event in stream]
    assert events[-1].value == KETTLE


async def test_many(client: Any, shop: str) -> None:
    pages = ["kettle", "lamp", "blanket"]
    queued = await client.agent.queue_many(
        [{"goal": f"Read the {page}", "url": f"{shop}{page}.html"} for page in pages], returns=Product
    )
    values = {run.run_id: run.value async for run in client.runs.wait_many(queued)}
    assert [values[run_id].sku for run_id in queued.run_ids] == ["KTL-100", "LMP-200", "BLK-300"]


async def test_a_list(client: Any, shop: str) -> None:
    response = await client.agent.run(goal="Read the products", url=shop, returns=list[Row])
    assert response.value == [
        {"product": "Copper kettle", "sku": "KTL-100", "price": 49.0, "in_stock": 12},
        {"product": "Storm lamp", "sku": "LMP-200", "price": 34.5, "in_stock": 3},
        {"product": "Wool blanket", "sku": "BLK-300", "price": 89.0, "in_stock": 0},
    ]


async def test_a_page_without_what_was_asked_for(client: Any, shop: str) -> None:
    response = await client.agent.run(goal="Read it", url=f"{shop}kettle.html", returns=Impossible)
    assert response.ok
    assert not response.schema_validation.valid
    with pytest.raises(ResultMismatchError) as caught:
        _ = response.value
    assert [problem.path for problem in caught.value.problems] == ["$.birthday"]
    assert caught.value.raw == response.result == {"name": "Copper kettle", "birthday": None}
    assert caught.value.run is response


async def test_a_page_that_there_is_not(client: Any, shop: str) -> None:
    response = await client.agent.run(goal="Read it", url=f"{shop}teapot.html", returns=Product)
    with pytest.raises(RunFailedError):
        _ = response.value


async def test_an_agent_that_does_not_heed_a_schema_in_the_goal(client: Any, shop: str) -> None:
    response = await client.agent.run(
        goal="Read it", url=f"{shop}kettle.html", returns=Product, schema_in_goal=True
    )
    assert response.schema_validation is None
    with pytest.raises(ResultMismatchError) as caught:
        _ = response.value
    assert caught.value.raw["title"] == "Copper kettle - Harbour Street Shop"


def test_the_example(sandbox: Sandbox, shop: str) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "typed_products.py", f"{shop}kettle.html", f"{shop}lamp.html"],
        env=os.environ | {"TINYFISH_API_KEY": sandbox.api_key, "TINYFISH_BASE_URL": sandbox.url},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split("  ")[0] for line in done.stdout.splitlines()[1:3]] == ["Copper kettle", "Storm lamp"]
    assert done.stdout.splitlines()[-1] == "  repaired: $.volume null-for-default"
