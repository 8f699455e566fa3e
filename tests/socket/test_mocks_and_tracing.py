"""Tools that patch httpx (mocks, recorders, tracing) see the calls of both clients. With the real tools."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from clients import KEY
from messages import reply
from plain_server import PlainServer
from rawserver import RawServer

from tinyfish import APIConnectionError
from tinyfish._core.wire.httpx_patches import is_client_patched, is_pool_patched

pytestmark = pytest.mark.anyio
pytest_plugins = ["pytester"]

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
TASK: dict[str, Any] = {"goal": "g", "url": "https://example.com"}
# Nobody serves there: what a mock lets through fails.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """No socket connects; what was tried is kept."""
    tried: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            tried.append(address)
            raise ConnectionRefusedError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    yield tried
    assert tried == []


async def use(client: Any) -> None:
    assert (await client.runs.get("r1")).run_id == "r1"
    assert (await client.agent.queue(**TASK)).run_id == "r1"


# pytest-httpx


async def test_pytest_httpx(
    new_client: Callable[..., Any], httpx_mock: Any, no_network: list[object]
) -> None:
    client = new_client(base_url=NOWHERE)
    httpx_mock.add_response(url=f"{NOWHERE}/v1/runs/r1", json=RUN)
    httpx_mock.add_response(
        url=f"{NOWHERE}/v1/automation/run-async", method="POST", json={"run_id": "r1", "error": None}
    )
    await use(client)
    sent = httpx_mock.get_requests()
    assert [request.method for request in sent] == ["GET", "POST"]
    assert json.loads(sent[1].content)["goal"] == "g"


@pytest.mark.httpx_mock(assert_all_requests_were_expected=False)
async def test_pytest_httpx_lets_nothing_else_through(
    new_client: Callable[..., Any], httpx_mock: Any, no_network: list[object]
) -> None:
    with pytest.raises(APIConnectionError):
        await new_client(base_url=NOWHERE, max_retries=0).runs.get("r1")


async def test_pytest_httpx_with_a_stream(
    new_client: Callable[..., Any], httpx_mock: Any, no_network: list[object]
) -> None:
    events = [
        {"type": "STARTED", "run_id": "r1"},
        {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": 1},
    ]
    content = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    httpx_mock.add_response(method="POST", text=content, headers={"Content-Type": "text/event-stream"})
    async with new_client(base_url=NOWHERE).agent.stream(**TASK) as stream:
        assert (await stream.until_complete()).result == 1


# respx


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
async def test_respx(new_client: Callable[..., Any], no_network: list[object], using: str) -> None:
    import respx

    client = new_client(base_url=NOWHERE)
    with respx.mock(base_url=NOWHERE, using=using) as mock:
        get = mock.get("/v1/runs/r1").mock(return_value=httpx.Response(200, json=RUN))
        post = mock.post("/v1/automation/run-async").mock(
            return_value=httpx.Response(200, json={"run_id": "r1", "error": None})
        )
        await use(client)
        assert (get.call_count, post.call_count) == (1, 1)


async def test_respx_mocks_a_client_that_has_called_before(
    new_client: Callable[..., Any], plain_server: PlainServer
) -> None:
    import respx

    plain_server.route = lambda request: reply(200, {**RUN, "goal": "real"})
    client = new_client()
    assert (await client.runs.get("r1")).goal == "real"
    with respx.mock(base_url=plain_server.url) as mock:
        mock.get("/v1/runs/r1").mock(return_value=httpx.Response(200, json=RUN))
        assert (await client.runs.get("r1")).goal == "g"
    assert (await client.runs.get("r1")).goal == "real"
    assert len(plain_server.requests) == 2


# vcrpy, and pytest-recording on it


async def test_vcr(new_client: Callable[..., Any], plain_server: PlainServer, tmp_path: Path) -> None:
    import vcr

    plain_server.route = lambda request: reply(200, RUN)
    recorder = vcr.VCR(filter_headers=["x-api-key"], cassette_library_dir=str(tmp_path))
    with recorder.use_cassette("calls.yaml"):
        await use(new_client())
    assert len(plain_server.requests) == 2
    recorded = (tmp_path / "calls.yaml").read_text()
    assert "/v1/runs/r1" in recorded
    assert KEY not in recorded
    with recorder.use_cassette("calls.yaml", record_mode="none") as cassette:
        await use(new_client())
        assert cassette.all_played
    assert len(plain_server.requests) == 2


@pytest.mark.parametrize("kind", ["TinyFish", "AsyncTinyFish"])
def test_pytest_recording(
    pytester: pytest.Pytester, plain_server: PlainServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    plain_server.route = lambda request: reply(200, RUN)
    get = "client.runs.get('r1')"
    get = get if kind == "TinyFish" else "asyncio.run(get(client))"
    pytester.makepyfile(
        f"""
        import asyncio
        import pytest
        from tinyfish import {kind}

        @pytest.fixture(scope="module")
        def vcr_config():
            return {{"filter_headers": ["x-api-key"]}}

        async def get(client):
            return await client.runs.get("r1")

        @pytest.mark.vcr
        def test_recorded():
            client = {kind}(api_key={KEY!r}, base_url={plain_server.url!r})
            assert {get}.run_id == "r1"
        """
    )
    for mode, seen in (("once", 1), ("none", 1)):
        outcome = pytester.runpytest_subprocess(
            "-p", "pytest_recording.plugin", f"--record-mode={mode}", timeout=25
        )
        assert outcome.ret == 0
        outcome.assert_outcomes(passed=1)
        assert len(plain_server.requests) == seen


# OpenTelemetry


@pytest.fixture
def spans() -> Iterator[Callable[[], list[Any]]]:
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    yield lambda: list(exporter.get_finished_spans())
    HTTPXClientInstrumentor().uninstrument()
    provider.shutdown()


async def test_opentelemetry(
    new_client: Callable[..., Any], plain_server: PlainServer, spans: Callable[[], list[Any]]
) -> None:
    plain_server.route = lambda request: reply(200, RUN)
    await use(new_client())
    assert [span.name for span in spans()] == ["GET", "POST"]
    assert KEY not in "".join(span.to_json() for span in spans())
    assert all(request.header("traceparent") for request in plain_server.requests)


# Sentry


SENTRY = """
import os
import sentry_sdk
from sentry_sdk.integrations.httpx import HttpxIntegration
from tinyfish import AsyncTinyFish, TinyFish

events = []
sentry_sdk.init(
    dsn="https://key@sentry.invalid/1",
    traces_sample_rate=1.0,
    default_integrations=False,
    auto_enabling_integrations=False,
    integrations=[HttpxIntegration()],
    before_send_transaction=lambda event, hint: events.append(event),
)
flavour, options = os.environ["FLAVOUR"], {"api_key": os.environ["KEY"], "base_url": os.environ["URL"]}
task = {"goal": "g", "url": "https://example.com"}

def use():
    with TinyFish(**options) as client, sentry_sdk.start_transaction(name="t"):
        client.runs.get("r1")
        client.agent.queue(**task)

async def use_async():
    async with AsyncTinyFish(**options) as client:
        with sentry_sdk.start_transaction(name="t"):
            await client.runs.get("r1")
            await client.agent.queue(**task)

if flavour == "sync":
    use()
else:
    import anyio
    anyio.run(use_async, backend=flavour)
(event,) = events
assert [span["op"] for span in event["spans"]] == ["http.client"] * 2, event
assert options["api_key"] not in str(event)
"""


@pytest.mark.parametrize("flavour", ["sync", "asyncio", "trio"])
def test_sentry(raw_server: RawServer, flavour: str) -> None:
    """In a process of its own, since it cannot be taken away again."""
    raw_server.route = lambda request: reply(200, RUN)
    environment = {**os.environ, "FLAVOUR": flavour, "URL": raw_server.url, "KEY": KEY}
    done = subprocess.run(
        [sys.executable, "-c", SENTRY],
        env=environment,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all(request.header("sentry-trace") for request in raw_server.requests)
    # Its own pool is still what sends.
    assert raw_server.connections == (2 if flavour == "sync" else 1)


# What is noticed


async def test_nothing_is_taken_for_patched_that_is_not() -> None:
    import httpcore

    for client in (httpx.Client, httpx.AsyncClient):
        assert not is_client_patched(client)
    for pool in (httpcore.AsyncConnectionPool, httpcore.AsyncHTTPProxy, httpcore.AsyncSOCKSProxy):
        assert not is_pool_patched(pool)


async def test_a_patched_client_is_noticed_however_it_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    import functools
    from unittest import mock

    import wrapt

    send = httpx.AsyncClient.send
    for wrapper in (
        functools.wraps(send)(lambda *args, **kwargs: None),
        wrapt.FunctionWrapper(send, lambda *args: None),
        mock.AsyncMock(),
    ):
        monkeypatch.setattr(httpx.AsyncClient, "send", wrapper)
        assert is_client_patched(httpx.AsyncClient)


async def test_the_documents_example_runs(httpx_mock: Any, no_network: list[object]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], names)
    names["test_a_run_is_read"](httpx_mock)
