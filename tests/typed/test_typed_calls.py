"""`returns=` from the call to the value, in every way to start a run, against scripted responses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import pytest
from attrs import frozen
from messages import error, reply
from plain_server import PlainServer
from typed_runs import STARTS, URL, WAYS, api, ended, run

from tinyfish import (
    AgentRunResponse,
    BadRequestError,
    CompleteEvent,
    PermissionDeniedError,
    Repair,
    ResultMismatchError,
    Run,
    RunBillingError,
    RunCancelledError,
    RunFailedError,
    SchemaError,
    SDKError,
    schema_for,
)

pytestmark = pytest.mark.anyio


@frozen
class Tea:
    """A tea of the shop.

    Attributes:
        name: What it is called.
    """

    name: str
    grams: int
    kind: Literal["black", "green"] | None = None


@dataclass(frozen=True)
class Shop:
    teas: list[Tea]


@dataclass(frozen=True)
class Photo:
    bytes: complex


TEA = Tea("Assam", 100)
RAW = {"name": "Assam", "grams": 100}
BADLY = {"name": ["Assam"], "grams": "many"}

every_way = pytest.mark.parametrize("way", WAYS)


def started(server: PlainServer) -> dict[str, Any]:
    """The body of the one start that the server got."""
    [request] = [request for request in server.requests if "/automation/" in request.path]
    body: dict[str, Any] = request.json
    return body


def goal_of(body: dict[str, Any]) -> str:
    goal: str = body["runs"][0]["goal"] if "runs" in body else body["goal"]
    return goal


class TestAType:
    @every_way
    async def test_goes_out_as_a_schema_and_comes_back_as_a_value(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(RAW)
        end = await ended(client, way, returns=Tea)
        assert end.value == TEA
        assert type(end.value) is Tea
        assert end.repairs == ()
        assert end.result == RAW
        body = started(plain_server)
        assert body["output_schema"] == schema_for(Tea)
        assert goal_of(body) == "Read the tea"
        assert plain_server.requests[0].path == STARTS[way]

    @pytest.mark.in_turn
    @every_way
    @pytest.mark.parametrize(
        ("returns", "result", "value"),
        [
            (list[Tea], {"items": [RAW]}, [TEA]),
            (dict[str, Tea], {"items": [{"key": "a", "value": RAW}]}, {"a": TEA}),
            (Tea | None, {"value": None}, None),
            (Tea | None, None, None),
            (Shop, {"teas": [RAW, RAW]}, Shop([TEA, TEA])),
            (int, {"value": 7}, 7),
        ],
        ids=["list", "dict", "null", "no result", "nested", "number"],
    )
    async def test_may_be_any(
        self, client: Any, plain_server: PlainServer, way: str, returns: Any, result: Any, value: Any
    ) -> None:
        plain_server.route = api(result)
        assert (await ended(client, way, returns=returns)).value == value
        assert started(plain_server)["output_schema"] == schema_for(returns)

    @every_way
    async def test_of_a_value_keeps_the_values_identity(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(RAW)
        end = await ended(client, way, returns=Tea)
        assert end.value is end.value
        assert end.repairs is end.repairs

    @every_way
    async def test_not_given_the_value_is_the_result(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(BADLY)
        end = await ended(client, way)
        assert end.value is end.result
        assert end.value == BADLY
        assert end.repairs == ()
        assert "output_schema" not in started(plain_server)

    @pytest.mark.in_turn
    @pytest.mark.parametrize("returns", [Photo, list[Photo], 7, "Tea", tuple[int, str], TEA], ids=repr)
    @every_way
    async def test_that_cannot_be_asked_for_is_refused_before_anything_is_sent(
        self, client: Any, plain_server: PlainServer, way: str, returns: Any
    ) -> None:
        with pytest.raises(SchemaError) as caught:
            await ended(client, way, returns=returns)
        assert isinstance(caught.value, TypeError)
        assert plain_server.requests == []

    async def test_that_cannot_be_asked_for_is_named_with_its_field(self, client: Any) -> None:
        with pytest.raises(SchemaError, match=r"^Photo\.bytes: complex") as caught:
            await client.agent.run(goal="g", url=URL, returns=Photo)
        assert caught.value.path == "Photo.bytes"

    @every_way
    async def test_and_a_schema_are_one_too_many(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        with pytest.raises(ValueError, match=r"returns= or output_schema=, not both"):
            await ended(client, way, returns=Tea, output_schema={"type": "object"})
        assert plain_server.requests == []

    async def test_no_handle_is_left_by_one_that_cannot_be_asked_for(
        self, client: Any, plain_server: PlainServer
    ) -> None:
        with pytest.raises(SchemaError):
            client.agent.stream(goal="g", url=URL, returns=Photo)
        assert plain_server.requests == []


class TestARawSchema:
    # Not what schema_for would make, and with words that the API does not take: that is the caller's business.
    SCHEMA: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/x"}},
        "$defs": {"x": {}},
    }

    @every_way
    async def test_goes_out_as_it_is(self, client: Any, plain_server: PlainServer, way: str) -> None:
        plain_server.route = api({"x": 1})
        end = await ended(client, way, output_schema=self.SCHEMA)
        assert started(plain_server)["output_schema"] == self.SCHEMA
        assert end.value == {"x": 1}
        assert end.repairs == ()

    @pytest.mark.in_turn
    @every_way
    @pytest.mark.parametrize("in_goal", [False, True])
    async def test_is_a_mapping(
        self, client: Any, plain_server: PlainServer, way: str, in_goal: bool
    ) -> None:
        with pytest.raises(TypeError, match="output_schema must be a mapping, not bool"):
            await ended(client, way, output_schema=True, schema_in_goal=in_goal)
        assert plain_server.requests == []


class TestARunThatDidNotComplete:
    @every_way
    async def test_has_no_value(self, client: Any, plain_server: PlainServer, way: str) -> None:
        plain_server.route = api(
            None, status="FAILED", error={"message": "Blocked", "category": "AGENT_FAILURE"}
        )
        end = await ended(client, way, returns=Tea)
        for read in ("value", "repairs"):
            with pytest.raises(RunFailedError, match="Blocked") as caught:
                getattr(end, read)
            assert caught.value.run is end

    @every_way
    async def test_has_no_value_when_it_was_cancelled(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(None, status="CANCELLED")
        with pytest.raises(RunCancelledError):
            _ = (await ended(client, way, returns=Tea)).value

    async def test_for_want_of_credits_says_so(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(None, status="FAILED", error={"message": "m", "category": "BILLING_FAILURE"})
        with pytest.raises(RunBillingError):
            _ = (await ended(client, "run", returns=Tea)).value

    @every_way
    async def test_has_its_result_where_no_type_was_asked_for(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api({"so far": 1}, status="FAILED", error={"message": "m"})
        assert (await ended(client, way)).value == {"so far": 1}

    async def test_because_it_was_never_queued_has_no_value(
        self, client: Any, plain_server: PlainServer
    ) -> None:
        plain_server.route = lambda _: reply(200, {"run_id": None, "error": {"message": "No room"}})
        response = await client.agent.run(goal="g", url=URL, returns=Tea, cancel_on_timeout=True)
        with pytest.raises(RunFailedError, match="No room"):
            _ = response.value

    async def test_yet_has_no_value_yet(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(None, status="RUNNING")
        handle = await client.agent.start(goal="g", url=URL, returns=Tea)
        with pytest.raises(SDKError, match="Run r1 has no result yet: it is RUNNING"):
            _ = (await handle.get()).value


class TestAMismatch:
    @every_way
    async def test_says_what_and_where_and_keeps_all(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(BADLY)
        end = await ended(client, way, returns=Tea)
        with pytest.raises(ResultMismatchError) as caught:
            _ = end.value
        mismatch = caught.value
        assert mismatch.raw == BADLY
        assert mismatch.run is end
        assert end.result == BADLY
        assert mismatch.expected == "Tea"
        assert [problem.path for problem in mismatch.problems] == ["$.name", "$.grams"]
        assert "expected an integer" in mismatch.problems[1].reason
        assert "$.grams" in str(mismatch)
        assert isinstance(mismatch, SDKError)

    @every_way
    async def test_is_raised_again_by_every_look(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(BADLY)
        end = await ended(client, way, returns=Tea)
        for _ in range(2):
            with pytest.raises(ResultMismatchError):
                _ = end.value
            with pytest.raises(ResultMismatchError):
                _ = end.repairs

    @pytest.mark.in_turn
    @pytest.mark.parametrize("result", [None, [], "no tea here", 0, {}], ids=repr)
    @every_way
    async def test_is_a_result_of_another_kind(
        self, client: Any, plain_server: PlainServer, way: str, result: Any
    ) -> None:
        plain_server.route = api(result)
        end = await ended(client, way, returns=Tea)
        with pytest.raises(ResultMismatchError) as caught:
            _ = end.value
        assert caught.value.raw == result
        assert end.result == result


class TestRepairs:
    TOLD: ClassVar[dict[str, Any]] = {"tea": {"name": "Assam", "grams": "$1,000 ", "kind": ""}}

    @every_way
    async def test_are_listed(self, client: Any, plain_server: PlainServer, way: str) -> None:
        plain_server.route = api(self.TOLD)
        end = await ended(client, way, returns=Tea)
        assert end.value == Tea("Assam", 1000)
        assert end.repairs == (
            Repair("$", "wrapping-key"),
            Repair("$.tea.grams", "number-in-string"),
            Repair("$.tea.kind", "empty-for-null"),
        )
        assert end.result == self.TOLD

    @every_way
    async def test_are_not_made_when_strict(self, client: Any, plain_server: PlainServer, way: str) -> None:
        plain_server.route = api(self.TOLD)
        end = await ended(client, way, returns=Tea, strict=True)
        with pytest.raises(ResultMismatchError):
            _ = end.value
        assert "strict" not in started(plain_server)

    @every_way
    async def test_are_not_needed_when_strict_and_just_so(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(RAW)
        assert (await ended(client, way, returns=Tea, strict=True)).value == TEA


class TestTheServersReport:
    REPORT: ClassVar[dict[str, Any]] = {
        "valid": False,
        "re_prompt_attempts": 2,
        "errors": [{"path": "grams", "expected": "integer", "received": "string", "message": "not one"}],
    }

    @pytest.mark.parametrize("way", [way for way in WAYS if way not in ("stream", "start, events")])
    async def test_is_there(self, client: Any, plain_server: PlainServer, way: str) -> None:
        plain_server.route = api(RAW, schema_validation=self.REPORT)
        end = await ended(client, way, returns=Tea)
        assert end.value == TEA
        assert end.schema_validation.valid is False
        assert end.schema_validation.re_prompt_attempts == 2
        assert end.schema_validation.errors[0].path == "grams"

    @pytest.mark.parametrize("way", [way for way in WAYS if way not in ("stream", "start, events")])
    async def test_is_reachable_from_a_mismatch(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(BADLY, schema_validation=self.REPORT)
        with pytest.raises(ResultMismatchError) as caught:
            _ = (await ended(client, way, returns=Tea)).value
        assert caught.value.run.schema_validation.errors[0].message == "not one"


class TestARefusal:
    @pytest.mark.in_turn
    @every_way
    @pytest.mark.parametrize("asked", [{"returns": Tea}, {"output_schema": {"type": "object"}}], ids=str)
    async def test_names_the_way_out(
        self, client: Any, plain_server: PlainServer, way: str, asked: dict[str, Any]
    ) -> None:
        plain_server.script(error(403, "FORBIDDEN", "output_schema is not enabled"))
        with pytest.raises(PermissionDeniedError) as caught:
            await ended(client, way, **asked)
        [note] = caught.value.__notes__
        assert "schema_in_goal=True" in note
        assert len(plain_server.requests) == 1

    @every_way
    async def test_of_something_else_does_not(self, client: Any, plain_server: PlainServer, way: str) -> None:
        plain_server.script(
            error(403, "FORBIDDEN"), error(400, "INVALID_INPUT"), error(403, "FORBIDDEN", "No credits")
        )
        with pytest.raises(PermissionDeniedError) as denied:
            await ended(client, way)
        with pytest.raises(BadRequestError) as bad:
            await ended(client, way, returns=Tea)
        with pytest.raises(PermissionDeniedError) as in_goal:
            await ended(client, way, returns=Tea, schema_in_goal=True)
        for caught in (denied, bad, in_goal):
            assert not hasattr(caught.value, "__notes__")


@dataclass(frozen=True)
class Described:
    """One tea, as the shop's page tells it."""

    name: Annotated[str, "without the brand"]


class TestTheSchemaInTheGoal:
    @every_way
    async def test_is_sent_there_and_only_there(
        self, client: Any, plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api({"result": '```json\n{"name": "Assam", "grams": 100}\n```'})
        end = await ended(client, way, returns=Tea, schema_in_goal=True)
        assert end.value == TEA
        body = started(plain_server)
        assert "output_schema" not in body
        assert "schema_in_goal" not in body
        assert goal_of(body).startswith("Read the tea\n\n")
        assert '"required":["name","grams"]' in goal_of(body)

    async def test_says_more_than_the_api_takes(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api({"name": "Assam"})
        await client.agent.run(goal="g", url=URL, returns=Described, schema_in_goal=True)
        goal = goal_of(started(plain_server))
        assert "One tea, as the shop's page tells it." in goal
        assert "without the brand" in goal
        assert "description" not in str(schema_for(Described))

    @every_way
    async def test_may_be_the_clients_choice(
        self, new_client: Callable[..., Any], plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api(RAW)
        client = new_client(schema_in_goal=True)
        assert (await ended(client, way, returns=Tea)).value == TEA
        assert "output_schema" not in started(plain_server)
        plain_server.requests.clear()
        await ended(client, way, returns=Tea, schema_in_goal=False)
        assert started(plain_server)["output_schema"] == schema_for(Tea)
        assert goal_of(started(plain_server)) == "Read the tea"

    async def test_may_be_an_option_of_a_client(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(RAW)
        for options, in_goal in (({"schema_in_goal": True}, True), ({"timeout": 5}, False)):
            plain_server.requests.clear()
            await client.with_options(**options).agent.queue(goal="g", url=URL, returns=Tea)
            assert ("output_schema" not in started(plain_server)) is in_goal

    @every_way
    async def test_may_be_a_raw_one(self, client: Any, plain_server: PlainServer, way: str) -> None:
        plain_server.route = api({"é": 1})
        schema = {"type": "object", "properties": {"é": {"type": "integer"}}}
        end = await ended(client, way, output_schema=schema, schema_in_goal=True)
        assert end.value == {"é": 1}
        body = started(plain_server)
        assert "output_schema" not in body
        assert '{"type":"object","properties":{"é":{"type":"integer"}}}' in goal_of(body)

    @every_way
    async def test_of_a_run_without_one_leaves_the_goal_alone(
        self, new_client: Callable[..., Any], plain_server: PlainServer, way: str
    ) -> None:
        plain_server.route = api({})
        await ended(new_client(schema_in_goal=True), way)
        assert goal_of(started(plain_server)) == "Read the tea"

    async def test_is_in_every_goal_of_a_batch(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(RAW)
        runs = [{"goal": f"Read tea {n}", "url": URL} for n in range(3)]
        await client.agent.queue_many(runs, returns=Tea, schema_in_goal=True)
        body = started(plain_server)
        assert "output_schema" not in body
        assert all('"required":["name","grams"]' in item["goal"] for item in body["runs"])

    async def test_is_told_in_the_log(
        self, client: Any, plain_server: PlainServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        plain_server.route = api(RAW)
        with caplog.at_level(logging.DEBUG, "tinyfish"):
            await client.agent.queue(goal="g", url=URL, returns=Tea)
            assert "schema_in_goal" not in caplog.text
            await client.agent.queue(goal="g", url=URL, returns=Tea, schema_in_goal=True)
            assert "schema_in_goal" in caplog.text


class TestWaiting:
    async def test_for_an_id_is_untyped_unless_a_type_is_given(
        self, client: Any, plain_server: PlainServer
    ) -> None:
        plain_server.route = api(RAW)
        assert (await client.runs.wait("r1")).value == RAW
        assert (await client.runs.wait("r1", returns=Tea)).value == TEA
        assert [run.value async for run in client.runs.wait_many(["r1", "r2"], returns=Tea)] == [TEA, TEA]
        assert [run.value async for run in client.runs.wait_many(["r1"])] == [RAW]

    async def test_by_another_type_than_that_of_the_start(
        self, client: Any, plain_server: PlainServer
    ) -> None:
        plain_server.route = api(RAW)
        queued = await client.agent.queue(goal="g", url=URL, returns=Shop)
        assert (await client.runs.wait(queued, returns=Tea)).value == TEA
        many = await client.agent.queue_many([{"goal": "g", "url": URL}], returns=Shop)
        assert [run.value async for run in client.runs.wait_many(many, returns=Tea)] == [TEA]

    async def test_may_be_strict_where_it_gives_the_type(
        self, client: Any, plain_server: PlainServer
    ) -> None:
        plain_server.route = api({"name": "Assam", "grams": "100"})
        assert (await client.runs.wait("r1", returns=Tea)).value == TEA
        strict = await client.runs.wait("r1", returns=Tea, strict=True)
        many = [run async for run in client.runs.wait_many(["r1"], returns=Tea, strict=True)]
        for ended_run in [strict, *many]:
            with pytest.raises(ResultMismatchError):
                _ = ended_run.value

    async def test_for_runs_of_many_types_reads_each_as_its_own(
        self, client: Any, plain_server: PlainServer
    ) -> None:
        results: dict[str, Any] = {"r1": RAW, "r2": {"teas": [RAW]}, "r3": {"x": 1}, "r4": RAW}
        starts = iter(results)

        def route(request: Any) -> Any:
            if request.path.endswith("run-async"):
                return reply(200, {"run_id": next(starts), "error": None})
            if request.path == "/v1/runs/batch":
                data = [run(results[run_id], run_id) for run_id in reversed(request.json["run_ids"])]
                return reply(200, {"data": data, "not_found": None})
            return reply(200, run(RAW, "r4"))

        plain_server.route = route
        queued = [await client.agent.queue(goal="g", url=URL, returns=t) for t in (Tea, Shop, None)]
        handle = await client.agent.start(goal="g", url=URL, returns=Tea)
        waited = [run async for run in client.runs.wait_many([*queued, await handle.get()])]
        assert {run.run_id: run.value for run in waited} == {
            "r1": TEA,
            "r2": Shop([TEA]),
            "r3": {"x": 1},
            "r4": TEA,
        }

    async def test_for_a_run_keeps_its_type(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(RAW)
        handle = await client.agent.start(goal="g", url=URL, returns=Tea)
        assert (await client.runs.wait(await handle.get())).value == TEA

    async def test_by_a_wrong_type_does_not_begin(self, client: Any, plain_server: PlainServer) -> None:
        with pytest.raises(SchemaError):
            await client.runs.wait("r1", returns=Photo)
        with pytest.raises(SchemaError):
            client.runs.wait_many(["r1"], returns=Photo)
        assert plain_server.requests == []


class TestAHandle:
    async def test_waits_for_the_value(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(RAW)
        async with client.agent.start(goal="g", url=URL, returns=Tea) as handle:
            assert await handle.value() == TEA
            assert await handle.result() == RAW
            assert (await handle.get()).value == TEA

    async def test_without_a_type_has_the_result(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(RAW)
        async with client.agent.start(goal="g", url=URL) as handle:
            assert await handle.value() == RAW

    async def test_raises_what_the_value_would(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(BADLY)
        async with client.agent.start(goal="g", url=URL, returns=Tea) as handle:
            with pytest.raises(ResultMismatchError):
                await handle.value()
            plain_server.route = api(None, status="FAILED", error={"message": "m"})
            with pytest.raises(RunFailedError):
                await handle.value()


class TestAStream:
    async def test_hands_the_typed_event_to_the_callback_too(
        self, client: Any, plain_server: PlainServer
    ) -> None:
        plain_server.route = api(RAW)
        told: list[Any] = []
        stream = client.agent.stream(goal="g", url=URL, returns=Tea, on_complete=told.append)
        async with stream:
            events = [event async for event in stream]
        assert isinstance(events[-1], CompleteEvent)
        assert events[-1].value == TEA
        assert told[0] is events[-1]


class TestWhatIsUntyped:
    async def test_looking_at_a_run(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(RAW)
        looked = await client.runs.get("r1")
        assert type(looked) is Run
        assert looked.value == RAW
        many = await client.runs.get_many(["r1"])
        assert many.data[0].value == RAW

    async def test_looking_at_a_run_that_failed(self, client: Any, plain_server: PlainServer) -> None:
        plain_server.route = api(None, status="FAILED", error={"message": "m"})
        assert (await client.runs.get("r1")).value is None


async def test_the_classes_are_the_public_ones(client: Any, plain_server: PlainServer) -> None:
    plain_server.route = api(RAW)
    assert type(await ended(client, "run", returns=Tea)) is AgentRunResponse
    assert type(await ended(client, "queue", returns=Tea)) is Run
    assert type(await ended(client, "stream", returns=Tea)) is CompleteEvent
