"""Starting runs: run, run-async, run-sse, run-batch."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from aiohttp import web

from tinyfish.sandbox import clock, documents
from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live import LiveRun
from tinyfish.sandbox.output_schema_rules import excesses
from tinyfish.sandbox.service import Call, Handlers
from tinyfish.sandbox.streams import EventStream
from tinyfish.sandbox.webhooks import is_allowed


async def run(call: Call) -> web.Response:
    """Start a run and wait for its end."""
    started = (await _start(call, "run", [call.body]))[0]
    # The run is a task of its own: when the client drops the connection, it goes on, as in the real service.
    await started.ended.wait()
    return web.json_response(documents.run_response(started.record))


async def run_async(call: Call) -> web.Response:
    """Start a run and tell its id."""
    started = (await _start(call, "runAsync", [call.body]))[0]
    return web.json_response({"run_id": started.record.run_id, "error": None})


async def run_batch(call: Call) -> web.Response:
    """Start many runs, all or none."""
    schema = call.body.get("output_schema")
    shared = {} if schema is None else {"output_schema": schema}
    requests = [{**entry, **shared} for entry in call.body["runs"]]
    started = await _start(call, "runBatch", requests, root="runs")
    return web.json_response({"run_ids": [one.record.run_id for one in started], "error": None})


async def run_sse(call: Call) -> web.StreamResponse:
    """Start a run and tell its events as they come."""
    started = (await _start(call, "runSse", [call.body]))[0]
    async with EventStream(call.http, call.effect) as stream:
        async for event in with_heartbeats(started, call.service.heartbeat_interval):
            await stream.send(event)
    # A client that leaves early ends the stream only; the run goes on.
    return stream.response


async def with_heartbeats(run: LiveRun, interval: float) -> AsyncIterator[JsonObject]:
    """The events of a run, with a HEARTBEAT after every `interval` seconds of silence."""
    events = run.follow()
    pending = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait([pending], timeout=interval)
            if not done:
                yield {"type": "HEARTBEAT", "timestamp": clock.now()}
                continue
            event = pending.result()
            if event is None:
                return
            yield event
            pending = asyncio.ensure_future(anext(events, None))
    finally:
        pending.cancel()


async def _start(
    call: Call, operation: str, requests: list[JsonObject], *, root: str | None = None
) -> list[LiveRun]:
    issues = [
        {**found, "path": [root, number, *found["path"]] if root else found["path"]}
        for number, request in enumerate(requests)
        for found in _unfit(request)
    ]
    if issues:
        raise InvalidInputError(issues)
    started = call.service.engine.start(operation, requests, base_url=str(call.http.url.origin()))
    # The runs exist from here on: this is where an answer can be lost and a run with it.
    await call.effect.strike(call.http, "after")
    return started


def _unfit(request: JsonObject) -> Iterator[JsonObject]:
    """The rules of a run's request that its schema cannot tell."""
    webhook = request.get("webhook_url")
    if webhook is not None and not is_allowed(webhook):
        yield issue("custom", ["webhook_url"], "Must be https (the sandbox also takes http to this machine)")
    if request.get("credential_item_ids") is not None and not request.get("use_vault"):
        yield issue("custom", ["credential_item_ids"], "Needs use_vault")
    if request.get("profile_id") is not None and not request.get("use_profile"):
        yield issue("custom", ["profile_id"], "Needs use_profile")
    if request.get("output_schema") is not None:
        yield from excesses(request["output_schema"])
    proxy: JsonObject = request.get("proxy_config") or {}
    if proxy.get("type") == "custom" and not proxy.get("url"):
        yield issue("custom", ["proxy_config", "url"], "Required for a custom proxy")


HANDLERS: Handlers = {"run": run, "runAsync": run_async, "runSse": run_sse, "runBatch": run_batch}
