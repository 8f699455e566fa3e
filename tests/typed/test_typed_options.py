"""The options for reading a result, in every way to start a run or wait for one."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from attrs import frozen
from plain_server import PlainServer
from typed_runs import WAYS, api, ended

from tinyfish import Repair, ResultMismatchError

pytestmark = pytest.mark.anyio


@frozen
class Tea:
    name: str
    grams: float


RAW = [{"name": "Assam", "grams": "1.250"}, {"name": "Sencha", "grams": "many"}]
OPTIONS: dict[str, Any] = {"decimal_sign": ",", "on_bad_item": "skip"}
REPAIRS = (Repair("$.items[0].grams", "number-in-string"), Repair("$.items[1]", "bad-item-skipped"))

every_way = pytest.mark.parametrize("way", WAYS)
every_option = pytest.mark.parametrize(
    "options", [{"decimal_sign": ","}, {"on_bad_item": "skip"}, {"strict": True}], ids=str
)


@every_way
async def test_options_reach_the_reading(client: Any, plain_server: PlainServer, way: str) -> None:
    plain_server.route = api({"items": RAW})
    end = await ended(client, way, returns=list[Tea], **OPTIONS)
    assert end.value == [Tea("Assam", 1250)]
    assert end.repairs == REPAIRS
    assert not [request for request in plain_server.requests if b"decimal_sign" in request.body]


@every_way
async def test_without_them_it_is_a_mismatch(client: Any, plain_server: PlainServer, way: str) -> None:
    plain_server.route = api({"items": RAW})
    end = await ended(client, way, returns=list[Tea])
    with pytest.raises(ResultMismatchError) as caught:
        _ = end.value
    assert [path for path, _ in caught.value.problems] == ["$.items[0].grams", "$.items[1].grams"]


async def test_a_wait_says_them_of_a_type_given_then_or_before(
    client: Any, plain_server: PlainServer
) -> None:
    plain_server.route = api({"items": RAW})
    queued = await client.agent.queue(goal="Read the tea", url="https://shop.example.com", returns=list[Tea])
    many = await client.agent.queue_many(
        [{"goal": "Read the tea", "url": "https://shop.example.com"}], returns=list[Tea]
    )
    runs = [
        await client.runs.wait(queued, **OPTIONS),
        await client.runs.wait(queued.run_id, returns=list[Tea], **OPTIONS),
        *[run async for run in client.runs.wait_many([queued], **OPTIONS)],
        *[run async for run in client.runs.wait_many(many, **OPTIONS)],
        *[run async for run in client.runs.wait_many([queued.run_id], returns=list[Tea], **OPTIONS)],
    ]
    for run in runs:
        assert (run.value, run.repairs) == ([Tea("Assam", 1250)], REPAIRS)
        assert pickle.loads(pickle.dumps(run)).value == run.value


@every_way
@every_option
async def test_where_nothing_is_read_they_are_refused(
    client: Any, plain_server: PlainServer, way: str, options: dict[str, Any]
) -> None:
    for more in ({}, {"output_schema": {"type": "object"}}):
        with pytest.raises(ValueError, match="pass returns= too"):
            await ended(client, way, **options, **more)
    assert not plain_server.requests


@every_option
async def test_a_wait_that_reads_nothing_refuses_them(
    client: Any, plain_server: PlainServer, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="pass returns= too"):
        await client.runs.wait("r1", **options)
    with pytest.raises(ValueError, match="pass returns= too"):
        [_ async for _ in client.runs.wait_many(["r1"], **options)]
    assert not plain_server.requests


@every_way
@pytest.mark.parametrize("options", [{"decimal_sign": ";"}, {"on_bad_item": "drop"}, {"strict": 1}], ids=str)
async def test_wrong_values_are_refused(
    client: Any, plain_server: PlainServer, way: str, options: dict[str, Any]
) -> None:
    with pytest.raises((ValueError, TypeError), match=next(iter(options))):
        await ended(client, way, returns=Tea, **options)
    assert not plain_server.requests


async def test_what_is_the_default_may_be_said(client: Any, plain_server: PlainServer) -> None:
    plain_server.route = api(RAW)
    end = await ended(client, "run", strict=False, decimal_sign=None, on_bad_item="mismatch")
    assert end.value == RAW
