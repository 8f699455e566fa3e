"""`tinyfish.contrib.otel` with the real library: what spans and metrics a client makes, and beside other tools."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clients import KEY
from messages import Reply, error, event_stream, reply
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from plain_server import PlainServer

from tinyfish import APIConnectionError, Budget, NotFoundError, TinyFish
from tinyfish.contrib.otel import OpenTelemetry

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]
AT = "2026-11-01T09:00:00Z"
TASK: dict[str, Any] = {"goal": "a secret goal", "url": "https://example.com/?page=secret"}
ENDED = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": AT, "num_of_steps": 3} | {
    "result": {"title": "secret"}
}
RUNNING = ENDED | {"status": "RUNNING", "num_of_steps": 1, "result": None}
FAILED = ENDED | {"status": "FAILED", "result": None, "error": {"code": "SITE_BLOCKED", "message": "secret"}}
STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": AT}
LIST = reply(200, {"data": [], "pagination": {"total": 0, "has_more": False}})


class Telemetry:
    """The SDK, and what it has exported."""

    def __init__(self) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers, self.meters = TracerProvider(), MeterProvider([self.reader])
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))

    def listener(self, **options: bool) -> OpenTelemetry:
        return OpenTelemetry(tracer_provider=self.tracers, meter_provider=self.meters, **options)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    @property
    def run(self) -> ReadableSpan:
        [span] = [span for span in self.spans if span.name.startswith("invoke_agent")]
        return span

    @property
    def requests(self) -> list[ReadableSpan]:
        return [span for span in self.spans if not span.name.startswith("invoke_agent")]

    def metrics(self) -> dict[str, list[Any]]:
        data = json.loads(self.reader.get_metrics_data().to_json())
        [scope] = data["resource_metrics"][0]["scope_metrics"]
        return {metric["name"]: metric["data"]["data_points"] for metric in scope["metrics"]}

    def told(self) -> str:
        return "".join(span.to_json() for span in self.spans) + str(self.reader.get_metrics_data())


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    made = Telemetry()
    yield made
    made.tracers.shutdown()
    made.meters.shutdown()


def sent_context(request: Any) -> str:
    """The trace context of a request, without its flags."""
    return str(request.header("traceparent")).rpartition("-")[0]


def context_of(span: ReadableSpan) -> str:
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}"


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


async def test_a_run_is_a_span_and_its_calls_are_children(
    new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry
) -> None:
    plain_server.script(
        error(503, "SERVICE_BUSY", Retry_After="1"),
        reply(200, {"run_id": "r1"}),
        reply(200, RUNNING),
        reply(200, ENDED),
    )
    client = new_client(on_event=telemetry.listener(), budget=Budget(steps=500, usd_per_step="0.5"))
    with telemetry.tracers.get_tracer("caller").start_as_current_span("caller") as caller:
        await client.runs.wait(await client.agent.queue(**TASK))
    run = telemetry.run
    assert run.name == "invoke_agent tinyfish"
    assert run.kind is SpanKind.CLIENT
    assert run.status.status_code is StatusCode.UNSET
    assert parent_of(run) == caller.get_span_context().span_id
    host, port = plain_server.url.removeprefix("http://").split(":")
    assert run.attributes == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "tinyfish",
        "gen_ai.agent.name": "tinyfish",
        "server.address": host,
        "server.port": int(port),
        "tinyfish.run.id": "r1",
        "tinyfish.run.status": "COMPLETED",
        "tinyfish.run.steps": 3,
        "tinyfish.run.cost": 1.5,
    }
    calls = [span for span in telemetry.requests if span.name != "caller"]
    assert [span.name for span in calls] == ["POST", "POST", "GET", "GET"]
    assert {parent_of(span) for span in calls} == {run.context.span_id}
    assert calls[0].attributes == {
        "http.request.method": "POST",
        "url.full": f"{plain_server.url}/v1/automation/run-async",
        "server.address": host,
        "server.port": int(port),
        "tinyfish.operation": "queueRun",
        "http.response.status_code": 503,
        "error.type": "503",
    }
    assert calls[0].status.status_code is StatusCode.ERROR
    assert calls[1].attributes["http.request.resend_count"] == 1
    assert calls[2].attributes["tinyfish.run.id"] == "r1"
    assert run.start_time <= calls[0].start_time
    assert run.end_time >= calls[-1].end_time
    # The trace context that was sent is that of the request's own span.
    assert [sent_context(request) for request in plain_server.requests] == [
        context_of(span) for span in calls
    ]
    assert len({span.context.trace_id for span in telemetry.spans}) == 1
    for secret in ("secret", KEY):
        assert secret not in telemetry.told()


async def test_metrics(new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry) -> None:
    plain_server.script(
        error(503, "SERVICE_BUSY"), reply(200, {"run_id": "r1"}), reply(200, FAILED), reply(200, FAILED)
    )
    client = new_client(on_event=telemetry.listener(), budget=Budget(steps=500, usd_per_step="0.5"))
    await client.runs.wait(await client.agent.queue(**TASK))
    await client.runs.wait("r1")  # it doesn't end twice
    metrics = telemetry.metrics()
    [runs], [steps], [cost], [retries] = (
        metrics[f"tinyfish.{name}"] for name in ("runs", "steps", "cost", "retries")
    )
    assert (runs["value"], runs["attributes"]["tinyfish.run.status"]) == (1, "FAILED")
    assert (steps["value"], cost["value"]) == (3, 1.5)
    assert (retries["value"], retries["attributes"]["error.type"]) == (1, "503")
    [duration] = metrics["gen_ai.client.operation.duration"]
    assert duration["count"] == 1
    assert duration["attributes"]["error.type"] == "SITE_BLOCKED"
    seconds = {
        (point["attributes"]["http.request.method"], point["attributes"].get("error.type")): point["count"]
        for point in metrics["http.client.request.duration"]
    }
    assert seconds == {("POST", "503"): 1, ("POST", None): 1, ("GET", None): 2}
    assert telemetry.run.attributes["error.type"] == "SITE_BLOCKED"
    assert telemetry.run.status.status_code is StatusCode.ERROR
    for secret in ("secret", KEY):
        assert secret not in telemetry.told()


async def test_a_stream_that_is_recovered_is_one_span(
    new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry
) -> None:
    plain_server.script(event_stream(STARTED), reply(200, RUNNING), reply(200, ENDED))
    async with new_client(on_event=telemetry.listener()).agent.stream(**TASK) as stream:
        await stream.until_complete()
    assert [event.name for event in telemetry.run.events] == ["recovered"]
    assert [span.name for span in telemetry.requests] == ["POST", "GET", "GET"]
    assert {parent_of(span) for span in telemetry.requests} == {telemetry.run.context.span_id}


async def test_the_runs_of_a_batch(
    new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry
) -> None:
    ends = [ENDED, ENDED | {"run_id": "r2"}]
    plain_server.script(reply(200, {"run_ids": ["r1", "r2"]}), reply(200, {"data": ends, "not_found": []}))
    client = new_client(on_event=telemetry.listener())
    queued = await client.agent.queue_many([TASK, TASK | {"goal": "another"}])
    assert len([run async for run in client.runs.wait_many(queued)]) == 2
    runs = [span for span in telemetry.spans if span.name.startswith("invoke_agent")]
    assert [span.attributes["tinyfish.run.id"] for span in runs] == ["r1", "r2"]
    [post, _] = telemetry.requests
    assert all(
        abs(span.start_time - post.start_time) < 1e9 and span.start_time <= post.end_time for span in runs
    )


async def test_a_start_that_fails(
    new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry
) -> None:
    plain_server.script(error(404, "NOT_FOUND", "secret"))
    with pytest.raises(NotFoundError):
        await new_client(on_event=telemetry.listener()).agent.run(**TASK)
    assert telemetry.run.status.status_code is StatusCode.ERROR
    assert telemetry.run.attributes["error.type"] == "NotFoundError"
    assert telemetry.run.attributes["tinyfish.start.uncertain"] is False
    assert "secret" not in telemetry.told()


async def test_a_run_that_nobody_waits_for(
    new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry
) -> None:
    plain_server.script(reply(200, {"run_id": "r1"}))
    client = new_client(on_event=telemetry.listener())
    await client.agent.queue(**TASK)
    assert [span.name for span in telemetry.spans] == ["POST"]
    await client.aclose()
    assert telemetry.run.attributes["tinyfish.run.open"] is True


async def test_what_is_asked_for(
    new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry
) -> None:
    plain_server.script(reply(200, {"run_id": "r1"}), reply(200, ENDED), LIST)
    client = new_client(
        on_event=telemetry.listener(capture_goal=True, capture_query=True, capture_result=True)
    )
    await client.runs.wait(await client.agent.queue(**TASK))
    await client.runs.list(goal="secret")
    attributes = telemetry.run.attributes
    [asked] = json.loads(attributes["gen_ai.input.messages"])
    [answered] = json.loads(attributes["gen_ai.output.messages"])
    assert asked == {"role": "user", "parts": [{"type": "text", "content": TASK["goal"]}]}
    assert json.loads(answered["parts"][0]["content"]) == ENDED["result"]
    assert attributes["tinyfish.run.url"] == TASK["url"]
    assert telemetry.requests[-1].attributes["url.full"] == f"{plain_server.url}/v1/runs?goal=secret"
    assert KEY not in telemetry.told()


async def test_beside_the_instrumentation_of_httpx(
    new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry
) -> None:
    """Each request has one span, and sends its context once. Without our listener, it's theirs."""
    plain_server.route = lambda _: reply(200, ENDED)
    HTTPXClientInstrumentor().instrument(tracer_provider=telemetry.tracers)
    try:
        await new_client(on_event=telemetry.listener()).runs.get("r1")
        [span] = telemetry.spans
        assert span.instrumentation_scope.name == "tinyfish"
        [request] = plain_server.requests
        assert sent_context(request) == context_of(span)
        await new_client().runs.get("r1")
        assert [span.instrumentation_scope.name for span in telemetry.spans] == [
            "tinyfish",
            "opentelemetry.instrumentation.httpx",
        ]
    finally:
        HTTPXClientInstrumentor().uninstrument()


async def test_the_callers_context_is_as_it_was(
    new_client: NewClient, plain_server: PlainServer, telemetry: Telemetry, caplog: pytest.LogCaptureFixture
) -> None:
    from opentelemetry import context

    def fail(_: object) -> Reply:
        return error(404, "NOT_FOUND")

    plain_server.route = fail
    before = context.get_current()
    client = new_client(on_event=telemetry.listener())
    for _ in range(2):
        with pytest.raises(NotFoundError):
            await client.runs.get("r1")
        assert context.get_current() is before
    with pytest.raises(NotFoundError):
        _ = [run async for run in client.runs.iter()]
    assert context.get_current() is before
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def test_without_the_library_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['opentelemetry'] = None\nimport tinyfish.contrib.otel"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install 'tinyfish[otel]'" in ran.stderr


def test_by_default_it_uses_the_global_providers() -> None:
    """Without any, it does nothing."""
    with (
        TinyFish(KEY, base_url="http://127.0.0.1:9", max_retries=0, on_event=OpenTelemetry()) as client,
        pytest.raises(APIConnectionError),
    ):
        client.agent.queue(**TASK)
