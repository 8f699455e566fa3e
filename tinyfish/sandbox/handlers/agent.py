"""Starting runs: run, run-async, run-sse, run-batch."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from tinyfish.sandbox import clock, documents
from tinyfish.sandbox.errors import InvalidInputError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.output_schema_rules import excesses
from tinyfish.sandbox.service import Call, Handlers
from tinyfish.sandbox.streams import EventStream


async def run_agent(call: Call) -> web.Response:
    """Start a run and wait for it to end."""
    started = (await _start(call, "runAgent", [call.body]))[0]
    # The run is a separate task: if the client disconnects, it goes on, like in the real service.
    await started.ended.wait()
    return web.json_response(documents.run_response(started.record))


async def queue_run(call: Call) -> web.Response:
    """Start a run and return its id."""
    started = (await _start(call, "queueRun", [call.body]))[0]
    return web.json_response({"run_id": started.record.run_id, "error": None})


async def queue_runs(call: Call) -> web.Response:
    """Start many runs, all or none."""
    schema = call.body.get("output_schema")
    shared = {} if schema is None else {"output_schema": schema}
    requests = [{**entry, **shared} for entry in call.body["runs"]]
    started = await _start(call, "queueRuns", requests)
    return web.json_response({"run_ids": [one.record.run_id for one in started], "error": None})


async def stream_run(call: Call) -> web.StreamResponse:
    """Start a run and send its events as they come."""
    started = (await _start(call, "streamRun", [call.body]))[0]
    async with EventStream(call.http, call.effect) as stream:
        # Recorded now, because a client that has read the last event may check the record before the stream is closed.
        call.record.status = stream.response.status
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


async def _start(call: Call, operation: str, requests: list[JsonObject]) -> list[LiveRun]:
    issues = list(excesses(call.body.get("output_schema", {})))
    if issues:
        raise InvalidInputError(issues)
    for request in requests:
        if request.get("use_profile"):
            # The default one, if the request names none: from here on the run has its id.
            request["profile_id"] = call.service.profiles.get(request.get("profile_id"))["id"]
    started = call.service.engine.start(operation, requests, base_url=str(call.http.url.origin()))
    # The runs exist from here on, so a lost response can lose a run.
    await call.effect.strike(call.http, "after")
    return started


HANDLERS: Handlers = {
    "runAgent": run_agent,
    "queueRun": queue_run,
    "streamRun": stream_run,
    "queueRuns": queue_runs,
}
