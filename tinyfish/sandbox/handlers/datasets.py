"""Datasets."""

from aiohttp import web

from tinyfish.sandbox.cursor_pages import cursor_page, pagination
from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.live_events import with_silence
from tinyfish.sandbox.service import Call, Handlers
from tinyfish.sandbox.streams import EventStream

_PAGE_SIZE = 100


async def plan_dataset(call: Call) -> web.Response:
    """The columns for a description."""
    return web.json_response({"spec": call.service.datasets.plan(call.body["prompt"])})


async def create_dataset(call: Call) -> web.Response:
    """Create a dataset, and fill it."""
    if ("prompt" in call.body) == ("spec" in call.body):
        raise InvalidInputError([issue("custom", ["prompt"], "Either prompt or spec")])
    dataset = call.service.datasets.create(call.body)
    return web.json_response(dataset, status=202 if dataset["status"] == "populating" else 201)


async def list_datasets(call: Call) -> web.Response:
    """One page of datasets."""
    until = call.effect.listed_until
    found = call.service.datasets.newest_first()
    page, following = cursor_page(
        [record for record in found if until is None or record.created_at <= until],
        limit=call.values.get("limit", _PAGE_SIZE),
        cursor=call.values.get("cursor"),
        newest_first=True,
    )
    data = [record.document["dataset"] for record in page]
    return web.json_response({"data": data, "pagination": pagination(following)})


async def get_dataset(call: Call) -> web.Response:
    """One dataset."""
    return web.json_response(call.service.datasets.get(call.values["dataset_id"]))


async def delete_dataset(call: Call) -> web.Response:
    """Delete a dataset."""
    dataset_id: str = call.values["dataset_id"]
    call.service.datasets.delete(dataset_id)
    return web.json_response({"id": dataset_id, "deleted": True})


async def list_rows(call: Call) -> web.Response:
    """One page of rows."""
    dataset_id: str = call.values["dataset_id"]
    rows = call.service.datasets.rows(dataset_id)
    start = _place(call)
    end = start + call.values.get("limit", _PAGE_SIZE)
    more = end < len(rows)
    return web.json_response(
        {
            "columns": call.service.datasets.get(dataset_id)["spec"]["columns"],
            "rows": rows[start:end],
            "truncated": more,
            "next_cursor": str(end) if more else None,
        }
    )


async def populate_dataset(call: Call) -> web.Response:
    """Fill a dataset."""
    return web.json_response(call.service.datasets.populate(call.values["dataset_id"], call.body), status=202)


async def cancel_run(call: Call) -> web.Response:
    """Stop filling a dataset."""
    run_id: str = call.values["dataset_run_id"]
    status = call.service.datasets.cancel(call.values["dataset_id"], run_id)
    return web.json_response({"run_id": run_id, "status": status})


async def follow_run(call: Call) -> web.StreamResponse:
    """Send the events of a run that fills a dataset, from now on."""
    events = call.service.datasets.events(call.values["dataset_id"], call.values["dataset_run_id"])
    async with EventStream(call.http, call.effect) as stream:
        call.record.status = stream.response.status
        async for live in with_silence(events, call.service.heartbeat_interval):
            if live is None:
                await stream.send({}, name="heartbeat")
            else:
                data = {name: value for name, value in live.event.items() if name != "event"}
                await stream.send(data, name=live.event["event"])
    return stream.response


def _place(call: Call) -> int:
    text: str = call.values.get("after", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise InvalidInputError([issue("custom", ["after"], "Not a cursor of this listing")])
    return int(text)


HANDLERS: Handlers = {
    "planDataset": plan_dataset,
    "createDataset": create_dataset,
    "listDatasets": list_datasets,
    "getDataset": get_dataset,
    "deleteDataset": delete_dataset,
    "listDatasetRows": list_rows,
    "populateDataset": populate_dataset,
    "cancelDatasetRun": cancel_run,
    "followDatasetRun": follow_run,
}
