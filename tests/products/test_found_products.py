"""What a search after an unanswered start of a product takes for its own, and what keeps it from starting again."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plain_server import PlainServer

from tinyfish import Adopt, UncertainStartError

pytestmark = pytest.mark.anyio

CONFIG = {"url": "https://a.example"}
FAILED = '{"error": {"code": "INTERNAL_ERROR", "message": "Something went wrong"}}'


def now() -> str:
    return datetime.now(UTC).isoformat()


def a_monitor(**more: Any) -> dict[str, Any]:
    own = {"id": str(uuid.uuid4()), "type": "fetch", "config": CONFIG, "schedule_cron": "0 9 * * *"}
    return {**own, "status": "active", "created_at": now(), **more}


def answers(server: PlainServer, path: str, *posts: tuple[int, Any], lists: Any) -> None:
    """How the server answers one POST after the other, and every GET."""
    for status, body in posts:
        told = server.expect_oneshot_request(path, method="POST")
        if isinstance(body, str):
            told.respond_with_data(body, status=status)
        else:
            told.respond_with_json(body, status=status)
    server.expect_request(path, method="GET").respond_with_json(lists)


def posts(server: PlainServer) -> int:
    return [request.method for request in server.requests].count("POST")


async def test_what_another_start_of_this_process_got_is_not_taken(
    starting: Any, plain_server: PlainServer
) -> None:
    """The same monitor, created twice on purpose: the second was not answered, and only the first is listed."""
    first = a_monitor()
    lists = {"monitors": [first]}
    answers(plain_server, "/v1/monitors", (201, {"monitor": first}), (502, "<html>"), lists=lists)
    await starting.monitors.create("fetch", CONFIG, "0 9 * * *")
    with pytest.raises(UncertainStartError) as caught:
        await starting.monitors.create("fetch", CONFIG, "0 9 * * *", adopt=Adopt.WHEN_SINGLE)
    assert caught.value.candidates == ()
    assert posts(plain_server) == 2


@pytest.mark.parametrize("created_at", [None, "soon"])
async def test_what_fits_but_has_no_time_keeps_a_creation_from_being_sent_again(
    starting: Any, plain_server: PlainServer, created_at: str | None
) -> None:
    dataset = {"id": str(uuid.uuid4()), "status": "populating", "created_at": created_at}
    lists = {"data": [dataset], "pagination": {"has_more": False}}
    answers(plain_server, "/v1/datasets", (500, FAILED), (202, dataset), lists=lists)
    with pytest.raises(UncertainStartError) as caught:
        await starting.datasets.create(prompt="Cafes in town", adopt=Adopt.WHEN_SINGLE)
    assert [found.id for found in caught.value.candidates] == [dataset["id"]]
    assert posts(plain_server) == 1


async def test_a_list_that_hides_its_next_page_keeps_a_creation_from_being_sent_again(
    starting: Any, plain_server: PlainServer
) -> None:
    old = {"id": "old", "status": "ready", "created_at": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    lists = {"data": [old], "pagination": {"has_more": True, "next_cursor": None}}
    made = {"id": "new", "status": "populating"}
    answers(plain_server, "/v1/datasets", (500, FAILED), (202, made), lists=lists)
    with pytest.raises(UncertainStartError, match="searching for it failed too"):
        await starting.datasets.create(prompt="Cafes in town")
    assert posts(plain_server) == 1


@pytest.mark.parametrize("same", [True, False])
async def test_a_dataset_of_that_name_is_the_own_one_only_with_the_same_columns(
    starting: Any, plain_server: PlainServer, same: bool
) -> None:
    columns = [{"name": "name", "type": "string", "is_primary_key": True}]
    spec: Any = {"name": "Cafes", "description": "Cafes in town", "columns": columns}
    listed = spec if same else {**spec, "columns": [{**columns[0], "name": "street"}]}
    made = {"id": str(uuid.uuid4()), "name": "Cafes", "spec": listed, "status": "ready", "created_at": now()}
    lists = {"data": [made], "pagination": {"has_more": False}}
    answers(plain_server, "/v1/datasets", (502, "<html>"), lists=lists)
    if same:
        found = await starting.datasets.create(spec=spec, adopt=Adopt.WHEN_SINGLE)
        assert found.id == made["id"]
    else:
        with pytest.raises(UncertainStartError, match="was created at that time"):
            await starting.datasets.create(spec=spec, adopt=Adopt.WHEN_SINGLE)
    assert posts(plain_server) == 1


async def test_the_run_of_another_start_may_hide_the_own_one(
    starting: Any, plain_server: PlainServer
) -> None:
    """A dataset shows only its last run, here that of a first call, which was answered."""
    run = {"id": str(uuid.uuid4()), "status": "running", "started_at": now()}
    dataset = {"id": "d", "status": "populating", "run": run}
    path = "/v1/datasets/d/populate"
    for status, body in ((202, json.dumps(dataset)), (500, FAILED), (202, json.dumps(dataset))):
        plain_server.expect_oneshot_request(path).respond_with_data(
            body, status=status, content_type="application/json"
        )
    plain_server.expect_request("/v1/datasets/d").respond_with_json(dataset)
    await starting.datasets.populate("d")
    with pytest.raises(UncertainStartError):
        await starting.datasets.populate("d")
    assert posts(plain_server) == 2
