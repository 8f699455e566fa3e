"""Research runs: starting, following, reading, listing and cancelling them."""

from collections.abc import AsyncIterator
from datetime import datetime

from aiohttp import web

from tinyfish.sandbox import clock
from tinyfish.sandbox.cursor_pages import cursor_page, pagination
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_events import LiveEvent, with_silence
from tinyfish.sandbox.records import Record
from tinyfish.sandbox.service import Call, Handlers
from tinyfish.sandbox.streams import EventStream

_HEARTBEAT: JsonObject = {"event": "heartbeat"}
# What only the answer about one has.
_DETAILS = ("error", "research_plan", "evidence", "iterations")


async def queue_research(call: Call) -> web.Response:
    """Start a research run and return its id."""
    return web.json_response({"research_run_id": await _start(call), "error": None})


async def stream_research(call: Call) -> web.StreamResponse:
    """Start a research run and send its events as they come."""
    return await _stream(call, call.service.research.events(await _start(call)))


async def follow_research(call: Call) -> web.StreamResponse:
    """Send the events of a research run, from the first one or from the one after an id on."""
    after = call.values.get("Last-Event-ID")
    return await _stream(call, call.service.research.events(call.values["run_id"], after))


async def get_research(call: Call) -> web.Response:
    """One research run."""
    return web.json_response(call.service.research.detail(call.values["run_id"]))


async def cancel_research(call: Call) -> web.Response:
    """Cancel a research run."""
    run_id = call.values["run_id"]
    cancelled = call.service.research.cancel(run_id)
    status = call.service.research.detail(run_id)["status"]
    return web.json_response({"research_run_id": run_id, "status": status, "cancelled": cancelled})


async def list_research(call: Call) -> web.Response:
    """One page of the matching research runs."""
    given = call.values
    fitting = [record for record in call.service.research.all() if _fits(record, call)]
    if given["sort_direction"] == "desc":
        fitting.reverse()
    page, following = cursor_page(
        fitting,
        limit=given["limit"],
        cursor=given.get("cursor"),
        newest_first=given["sort_direction"] == "desc",
    )
    return web.json_response(
        {
            "data": [_listed(record.document["detail"]) for record in page],
            "pagination": {"total": len(fitting), **pagination(following)},
        }
    )


async def _start(call: Call) -> str:
    run_id = call.service.research.start(call.body)
    # It exists from here on, so a lost response can lose it.
    await call.effect.strike(call.http, "after")
    return run_id


async def _stream(call: Call, events: AsyncIterator[LiveEvent]) -> web.StreamResponse:
    async with EventStream(call.http, call.effect) as stream:
        call.record.status = stream.response.status
        async for live in with_silence(events, call.service.heartbeat_interval):
            if live is None:
                await stream.send(_HEARTBEAT)
            else:
                await stream.send(live.event, event_id=f"{live.number}-0")
    return stream.response


def _fits(record: Record, call: Call) -> bool:
    detail: JsonObject = record.document["detail"]
    given = call.values
    begin, end = (_moment(given.get(name)) for name in ("created_after", "created_before"))
    known = call.effect.listed_until
    if known is not None:
        end = known if end is None else min(end, known)
    return (
        given.get("status") in (None, detail["status"])
        and given.get("query", "").casefold() in detail["query"].casefold()
        and (begin is None or detail["created_at"] >= begin)
        and (end is None or detail["created_at"] <= end)
    )


def _moment(text: str | None) -> str | None:
    return None if text is None else clock.written(datetime.fromisoformat(text.upper()))


def _listed(detail: JsonObject) -> JsonObject:
    return {name: value for name, value in detail.items() if name not in _DETAILS}


HANDLERS: Handlers = {
    "queueResearch": queue_research,
    "streamResearch": stream_research,
    "followResearch": follow_research,
    "getResearch": get_research,
    "cancelResearch": cancel_research,
    "listResearch": list_research,
}
