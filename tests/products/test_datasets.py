"""`client.datasets`: tables that are never filled twice, and rows that come once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from messages import reply
from plain_server import PlainServer

from tinyfish import (
    Adopt,
    ConflictError,
    DatasetRow,
    DatasetSpec,
    DatasetSpecColumn,
    DatasetStatus,
    InvalidArgumentError,
    NotFoundError,
    ResultMismatchError,
    UncertainStartError,
    UnprocessableEntityError,
    WaitTimeoutError,
)
from tinyfish._core.requests.dataset_requests import create_request, creation
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

PROMPT = "Cafes in town"


@dataclass
class Cafe:
    title: str
    url: str


@pytest.fixture
def cafes(sandbox: Sandbox) -> Sandbox:
    for number in range(5):
        sandbox.add_page(f"https://cafe{number}.example/", f"<title>Cafe {number}</title>In town")
    sandbox.add_page("https://bank.example/", "<title>Bank</title>Elsewhere")
    return sandbox


# ---------------------------------------- in the sandbox


async def test_from_a_prompt_to_typed_rows(client: Any, cafes: Sandbox) -> None:
    spec = (await client.datasets.plan(prompt=PROMPT)).spec
    assert [(column.name, column.type) for column in spec.columns] == [("title", "string"), ("url", "url")]
    created = await client.datasets.create(spec=spec, target_rows=3)
    assert created.status is DatasetStatus.POPULATING
    dataset = await client.datasets.wait(created.id)
    assert (dataset.status, dataset.row_count, dataset.run.status) == ("ready", 3, "done")
    rows = [row async for row in client.datasets.iter_rows(created.id, returns=Cafe, page_size=2)]
    assert [type(row) for row in rows] == [Cafe] * 3
    assert all(row.title.startswith("Cafe") and row.url.startswith("https://cafe") for row in rows)
    plain = [row async for row in client.datasets.iter_rows(created.id)]
    assert [(type(row), row.data["title"]) for row in plain] == [(DatasetRow, row.title) for row in rows]
    page = await client.datasets.rows(created.id, limit=2)
    assert ([column.name for column in page.columns], page.truncated) == (["title", "url"], True)
    assert len((await client.datasets.rows(created.id, limit=2, after=page.next_cursor)).rows) == 1


async def test_filled_later_and_again(client: Any, cafes: Sandbox) -> None:
    dataset = await client.datasets.create(prompt=PROMPT, target_rows=1, populate=False)
    assert (dataset.status, dataset.run, dataset.row_count) == ("empty", None, 0)
    await client.datasets.populate(dataset.id)
    assert (await client.datasets.wait(dataset.id)).row_count == 1
    await client.datasets.populate(dataset.id, target_rows=2, reset=True)
    assert (await client.datasets.wait(dataset.id)).row_count == 2


async def test_list_cancel_delete(new_client: Any) -> None:
    from tinyfish._core.clock import SYSTEM_CLOCK

    with Sandbox(chromium=False, step_delay=30) as sandbox:
        sandbox.add_page("https://cafe.example/", "<title>Cafe</title>In town")
        client = new_client(api_key=sandbox.api_key, base_url=sandbox.url, clock=SYSTEM_CLOCK)
        datasets = [await client.datasets.create(prompt=f"{PROMPT} {n}") for n in range(3)]
        listed = [dataset.id async for dataset in client.datasets.iter(page_size=1)]
        assert listed == [dataset.id for dataset in reversed(datasets)]
        assert (await client.datasets.list(limit=2)).pagination.has_more
        first = datasets[0]
        for refused in (client.datasets.populate, client.datasets.delete):
            with pytest.raises(ConflictError) as caught:
                await refused(first.id)
            assert caught.value.code == "RETRY_REQUIRED"
        assert (await client.datasets.cancel_run(first.id, first.run.id)).status == "cancelled"
        assert (await client.datasets.wait(first.id)).status is DatasetStatus.CANCELLED
        assert (await client.datasets.delete(first.id)).deleted
        with pytest.raises(NotFoundError):
            await client.datasets.get(first.id)


async def test_a_vague_prompt(client: Any) -> None:
    with pytest.raises(UnprocessableEntityError):
        await client.datasets.plan(prompt="Cafes")


# ---------------------------------------- arguments and answers


async def test_what_the_api_would_refuse_is_not_sent(answered: Any, plain_server: PlainServer) -> None:
    column = {"name": "a", "type": "string", "is_primary_key": True}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "either prompt or spec"),
        ({"prompt": "p", "spec": {"name": "n"}}, "either prompt or spec"),
        ({"prompt": "p", "target_rows": 251}, "target_rows must be from 1 to 250"),
        ({"spec": {"name": "n", "description": "d"}}, "spec needs 'columns'"),
        ({"spec": {"name": "n", "description": "d", "columns": [{**column, "x": 1}]}}, "has no field 'x'"),
    ]
    for arguments, text in wrong:
        with pytest.raises(InvalidArgumentError, match=text):
            await answered.datasets.create(**arguments)
    assert plain_server.requests == []


async def test_a_spec_may_be_a_model_or_a_mapping(answered: Any, plain_server: PlainServer) -> None:
    plain_server.expect_request("/v1/datasets").respond_with_json({"id": "d", "status": "empty"}, status=201)
    columns = [DatasetSpecColumn(name="a", type="url", is_primary_key=True)]
    spec = DatasetSpec(name="n", description="d", columns=columns)
    for given in (spec, spec.to_dict()):
        await answered.datasets.create(spec=given, populate=False)
    sent = [request.json for request in plain_server.requests]
    assert sent[0] == sent[1] == {"spec": spec.to_dict(), "populate": False}


async def test_rows_come_once_and_a_list_in_circles_ends(answered: Any, plain_server: PlainServer) -> None:
    def page(request: Any) -> Any:
        after = request.query.get("after")
        rows = [{"_id": "r2" if after else "r1", "data": {"n": 1}}, {"_id": "r1", "data": {"n": 1}}]
        return reply(200, {"rows": rows, "next_cursor": None if after else "c", "truncated": not after})

    plain_server.route = page
    assert [row.id async for row in answered.datasets.iter_rows("d")] == ["r1", "r2"]


async def test_a_row_that_does_not_fit(answered: Any, plain_server: PlainServer) -> None:
    body = {"rows": [{"_id": "r", "data": {"url": "u"}}]}
    plain_server.expect_request("/v1/datasets/d/rows").respond_with_json(body)
    with pytest.raises(ResultMismatchError, match="title"):
        [row async for row in answered.datasets.iter_rows("d", returns=Cafe)]


async def test_a_wait_survives_a_bad_poll_and_has_a_limit(answered: Any, plain_server: PlainServer) -> None:
    busy, ready = {"id": "d", "status": "populating"}, {"id": "d", "status": "perfect"}
    plain_server.script(reply(200, busy), reply(503, {}), reply(200, busy), reply(200, ready))
    assert (await answered.datasets.wait("d")).status == "perfect"
    plain_server.clear()
    plain_server.route = lambda request: reply(200, busy)
    with pytest.raises(WaitTimeoutError, match=r"populating .*datasets\.wait\('d'\)\.") as caught:
        await answered.datasets.wait("d", timeout=12)
    assert caught.value.run_id == "d"
    busy["run"] = {"id": "f", "status": "running"}
    with pytest.raises(WaitTimeoutError, match=r"or stop it with datasets\.cancel_run\('d', 'f'\)\."):
        await answered.datasets.wait("d", timeout=12)


# ---------------------------------------- never twice


def post_goes_wrong(server: PlainServer, path: str, status: int, body: str, **lists: Any) -> None:
    server.expect_request(path, method="POST").respond_with_data(body, status=status)
    for where, document in lists.items():
        server.expect_request(where.replace("__", "/"), method="GET").respond_with_json(document)


def posts(server: PlainServer) -> int:
    return [request.method for request in server.requests].count("POST")


@pytest.mark.parametrize(("status", "body"), [(502, "<html>"), (202, "{"), (202, "{}")])
async def test_a_creation_that_may_have_happened_is_not_repeated(
    starting: Any, plain_server: PlainServer, status: int, body: str
) -> None:
    empty = {"data": [], "pagination": {"next_cursor": None, "has_more": False}}
    post_goes_wrong(plain_server, "/v1/datasets", status, body, __v1__datasets=empty)
    with pytest.raises(UncertainStartError, match=r"check client\.datasets\.list\(\)"):
        await starting.datasets.create(prompt=PROMPT)
    assert posts(plain_server) == 1


async def test_a_dataset_that_was_created_is_found(starting: Any, plain_server: PlainServer) -> None:
    now, made = datetime.now(UTC).isoformat(), str(uuid.uuid4())
    data = [
        {"id": made, "status": "populating", "target_rows": 7, "created_at": now},
        {"id": "other", "status": "ready", "target_rows": 8, "created_at": now},
        {"id": "old", "status": "ready", "target_rows": 7, "created_at": "2026-01-01T00:00:00Z"},
    ]
    page = {"data": data, "pagination": {"has_more": False}}
    post_goes_wrong(plain_server, "/v1/datasets", 502, "<html>", __v1__datasets=page)
    dataset = await starting.datasets.create(prompt=PROMPT, target_rows=7, adopt=Adopt.WHEN_SINGLE)
    assert (dataset.id, posts(plain_server)) == (made, 1)


SPEC: Any = {
    "name": "Cafes",
    "description": "Cafes in town",
    "columns": [{"name": "name", "type": "string", "is_primary_key": True}],
}
FAILED = '{"error": {"code": "INTERNAL_ERROR", "message": "Something went wrong"}}'


async def test_a_dataset_that_the_server_renamed_is_not_paid_for_twice(
    starting: Any, plain_server: PlainServer
) -> None:
    now = datetime.now(UTC).isoformat()
    renamed = {"id": str(uuid.uuid4()), "name": "Cafes 2", "status": "populating", "created_at": now}
    page = {"data": [renamed], "pagination": {"has_more": False}}
    post_goes_wrong(plain_server, "/v1/datasets", 500, FAILED, __v1__datasets=page)
    with pytest.raises(UncertainStartError):
        await starting.datasets.create(spec=SPEC)
    assert posts(plain_server) == 1


async def test_a_creation_that_failed_before_anything_was_made_is_repeated(
    starting: Any, plain_server: PlainServer
) -> None:
    old = {"id": "old", "name": "Cafes", "status": "ready", "created_at": "2026-01-01T00:00:00Z"}
    page = {"data": [old], "pagination": {"has_more": False}}
    post_goes_wrong(plain_server, "/v1/datasets", 500, FAILED, __v1__datasets=page)
    with pytest.raises(UncertainStartError):
        await starting.datasets.create(spec=SPEC)
    assert posts(plain_server) > 1


def test_only_a_plan_tells_a_dataset_from_others() -> None:
    """A list has no prompt: somebody else's dataset of that time may fit, so it's never surely the own one."""
    assert creation(create_request(None, SPEC, None, None)).listing.exact
    assert not creation(create_request(PROMPT, None, None, None)).listing.exact


@pytest.mark.parametrize("began", ["now", "before", None])
async def test_a_filling_is_not_started_twice(
    starting: Any, plain_server: PlainServer, began: str | None
) -> None:
    moment = datetime.now(UTC).isoformat() if began == "now" else "2026-01-01T00:00:00Z"
    run = None if began is None else {"id": str(uuid.uuid4()), "status": "running", "started_at": moment}
    dataset = {"id": "d", "status": "populating", "run": run}
    post_goes_wrong(plain_server, "/v1/datasets/d/populate", 502, "<html>", __v1__datasets__d=dataset)
    if began == "now":
        found = await starting.datasets.populate("d", adopt=Adopt.WHEN_SINGLE)
        assert run is not None
        assert found.run.id == run["id"]
    else:
        with pytest.raises(UncertainStartError, match=r"check client\.datasets\.get\('d'\)"):
            await starting.datasets.populate("d", adopt=Adopt.WHEN_SINGLE)
    assert posts(plain_server) == 1
