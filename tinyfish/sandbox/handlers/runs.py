"""Reading and cancelling runs."""

from datetime import datetime
from typing import Any

from aiohttp import web

from tinyfish.sandbox import clock, documents
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.service import Call, Handlers, Service
from tinyfish.sandbox.store import Cursor, RunFilter


async def list_runs(call: Call) -> web.Response:
    """One page of the matching runs."""
    given = call.values
    after = Cursor.decode(given["cursor"]) if "cursor" in given else None
    page, total, following = call.service.store.page(_filter(call, after), limit=given["limit"], after=after)
    return web.json_response(
        {
            "data": [documents.listed_run(record) for record in page],
            "pagination": {
                "total": total,
                "next_cursor": None if following is None else following.encode(),
                "has_more": following is not None,
            },
        }
    )


async def get_run(call: Call) -> web.Response:
    """One run with its steps."""
    screenshots = call.values.get("screenshots") == "base64"
    document = _full_run(call.service, call.values["run_id"], screenshots=screenshots)
    if document is None:
        raise _no_run(call.values["run_id"])
    return web.json_response(document)


async def cancel_run(call: Call) -> web.Response:
    """Cancel one run."""
    result = _cancel(call.service, call.values["run_id"])
    if result is None:
        raise _no_run(call.values["run_id"])
    return web.json_response(result)


async def get_runs_batch(call: Call) -> web.Response:
    """Many runs with their steps."""
    found = {run_id: _full_run(call.service, run_id) for run_id in call.body["run_ids"]}
    return web.json_response({"data": _there(found), "not_found": _missing(found)})


async def cancel_runs_batch(call: Call) -> web.Response:
    """Cancel many runs."""
    found = {run_id: _cancel(call.service, run_id) for run_id in call.body["run_ids"]}
    return web.json_response({"results": _there(found), "not_found": _missing(found)})


def _filter(call: Call, after: Cursor | None) -> RunFilter:
    """The filters: each from the call, otherwise from its cursor, otherwise none."""
    asked: dict[str, Any] = (
        {name: getattr(after.filter, name) for name in RunFilter.__slots__} if after else {}
    )
    # `values` includes defaults; only values that were sent override the cursor.
    asked |= {name: call.values[name] for name in RunFilter.__slots__ if name in call.http.query}
    for name in ("created_after", "created_before"):
        if name in call.http.query:
            asked[name] = clock.written(datetime.fromisoformat(asked[name].upper()))
    known = call.effect.listed_until
    if known is not None:
        asked["created_before"] = min(known, asked.get("created_before") or known)
    return RunFilter(**asked)


def _full_run(service: Service, run_id: str, *, screenshots: bool = False) -> JsonObject | None:
    record = service.store.get(run_id)
    if record is None:
        return None
    return documents.full_run(record, service.store.screenshots(run_id) if screenshots else {})


def _cancel(service: Service, run_id: str) -> JsonObject | None:
    """Cancel a run; None if that isn't possible: it's unknown, or the call that started it waits for it."""
    record = service.store.get(run_id)
    if record is None or not (record.cancellable or record.finished):
        return None
    now = service.engine.cancel(run_id)
    after = service.store.get(run_id)
    return None if after is None else documents.cancel_result(after, now=now)


def _there(found: dict[str, JsonObject | None]) -> list[JsonObject]:
    return [document for document in found.values() if document is not None]


def _missing(found: dict[str, JsonObject | None]) -> list[str] | None:
    return [run_id for run_id, document in found.items() if document is None] or None


def _no_run(run_id: str) -> ApiError:
    return ApiError(404, f"No run has the id {run_id!r}")


HANDLERS: Handlers = {
    "listRuns": list_runs,
    "getRun": get_run,
    "cancelRun": cancel_run,
    "getRunsBatch": get_runs_batch,
    "cancelRunsBatch": cancel_runs_batch,
}
