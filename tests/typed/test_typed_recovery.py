"""The requested type survives failures: a lost response, a broken stream, a failed poll."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from attrs import frozen
from messages import Received, error, event_stream, reply
from plain_server import PlainServer
from rawserver import CLOSE, RESET, Answer, RawServer, open_stream
from typed_runs import STARTS, URL, WAYS, complete, ended, run

from tinyfish import ResultMismatchError, RunFailedError, UncertainStartError

pytestmark = pytest.mark.anyio


@frozen
class Tea:
    name: str
    grams: int


TEA = Tea("Assam", 100)
RAW = {"name": "Assam", "grams": "100"}


def losing_starts(**more: object) -> Callable[[Received], Answer]:
    """A route that starts every run and answers no start; the runs are listed and can be read."""
    runs: dict[str, dict[str, Any]] = {}

    def answer(request: Received) -> Answer:
        if "/automation/" in request.path:
            for item in request.json.get("runs", [request.json]):
                run_id = uuid4().hex  # of no other test: the register of starts belongs to the whole process
                created = datetime.now(UTC).isoformat()  # as the server's Date headers tell it
                runs[run_id] = run(RAW, run_id, goal=item["goal"], created_at=created, **more)
            return [RESET]
        page = {"total": len(runs), "next_cursor": None, "has_more": False}
        match request.path:
            case "/v1/runs":
                listed = [told for told in runs.values() if request.query.get("goal", "") in told["goal"]]
                return reply(200, {"data": listed, "pagination": page})
            case "/v1/runs/batch":
                return reply(
                    200, {"data": [runs[each] for each in request.json["run_ids"]], "not_found": None}
                )
            case path:
                return reply(200, runs[path.rpartition("/")[2]])

    return answer


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("in_goal", [False, True])
async def test_a_run_found_again_is_read_as_what_was_asked_for(
    new_client: Callable[..., Any], raw_server: RawServer, goal: str, way: str, in_goal: bool
) -> None:
    raw_server.route = losing_starts()
    client = new_client(adopt="when_single", schema_in_goal=in_goal)
    end = await ended(client, way, goal, returns=Tea)
    assert end.value == TEA
    assert [repair.name for repair in end.repairs] == ["number-in-string"]
    assert [request.path for request in raw_server.requests if "/automation/" in request.path] == [
        STARTS[way]
    ]


async def test_a_run_found_again_that_failed_has_no_value(
    new_client: Callable[..., Any], raw_server: RawServer, goal: str
) -> None:
    raw_server.route = losing_starts(status="FAILED", error={"message": "Blocked"})
    client = new_client(adopt="when_single")
    response = await client.agent.run(goal=goal, url=URL, returns=Tea)
    assert response.adopted
    with pytest.raises(RunFailedError, match="Blocked"):
        _ = response.value


async def test_a_batch_found_again_keeps_its_type(
    new_client: Callable[..., Any], raw_server: RawServer, goal: str
) -> None:
    raw_server.route = losing_starts()
    client = new_client(adopt="when_single")
    queued = await client.agent.queue_many(
        [{"goal": f"{goal}: {n}", "url": URL} for n in range(3)], returns=Tea
    )
    assert queued.adopted
    assert [run.value async for run in client.runs.wait_many(queued)] == [TEA] * 3


async def test_the_candidates_of_an_uncertain_start_can_be_read_as_the_type(
    new_client: Callable[..., Any], raw_server: RawServer, goal: str
) -> None:
    raw_server.route = losing_starts()
    client = new_client(adopt="never")
    with pytest.raises(UncertainStartError) as caught:
        await client.agent.run(goal=goal, url=URL, returns=Tea)
    assert not hasattr(caught.value, "__notes__")
    [candidate] = caught.value.candidates
    assert candidate.value == RAW
    assert (await client.runs.wait(candidate, returns=Tea)).value == TEA


class TestAStreamThatBreaks:
    START: ClassVar[dict[str, Any]] = {"type": "STARTED", "run_id": "r1", "timestamp": "2026-11-01T09:00:01Z"}

    @pytest.mark.parametrize("end", [CLOSE, RESET], ids=str)
    async def test_ends_with_the_value_all_the_same(
        self, client: Any, raw_server: RawServer, goal: str, end: Any
    ) -> None:
        raw_server.script(
            open_stream(self.START, end),
            reply(200, run(None, status="RUNNING")),
            error(502, "BAD_GATEWAY"),
            reply(200, run(RAW)),
        )
        told: list[Any] = []
        async with client.agent.stream(goal=goal, url=URL, returns=Tea, on_complete=told.append) as stream:
            last = await stream.until_complete()
        assert last.recovered
        assert last.value == TEA
        assert told[0].value is last.value

    async def test_at_the_result_ends_with_the_value(
        self, client: Any, plain_server: PlainServer, goal: str
    ) -> None:
        plain_server.script(event_stream(self.START, complete(run(None))), reply(200, run(RAW)))
        async with client.agent.stream(goal=goal, url=URL, returns=Tea) as stream:
            last = await stream.until_complete()
        assert last.recovered
        assert last.value == TEA

    async def test_at_a_result_that_there_is_not_has_no_value(
        self, client: Any, plain_server: PlainServer, goal: str
    ) -> None:
        plain_server.script(event_stream(self.START, complete(run(None))), reply(200, run(None)))
        async with client.agent.stream(goal=goal, url=URL, returns=Tea) as stream:
            last = await stream.until_complete()
        with pytest.raises(ResultMismatchError) as caught:
            _ = last.value
        assert caught.value.raw is None
        assert caught.value.run is last

    async def test_may_be_strict(self, client: Any, plain_server: PlainServer, goal: str) -> None:
        plain_server.script(event_stream(self.START), reply(200, run(RAW)))
        async with client.agent.stream(goal=goal, url=URL, returns=Tea, strict=True) as stream:
            last = await stream.until_complete()
        with pytest.raises(ResultMismatchError):
            _ = last.value


async def test_a_wait_that_is_repeated_keeps_the_type(client: Any, raw_server: RawServer, goal: str) -> None:
    raw_server.script(
        reply(200, {"run_id": "r1", "error": None}),
        error(500, "INTERNAL_ERROR"),
        reply(200, run(None, status="RUNNING")),
        [RESET],
        reply(200, run(RAW)),
    )
    queued = await client.agent.queue(goal=goal, url=URL, returns=Tea)
    assert (await client.runs.wait(queued)).value == TEA
