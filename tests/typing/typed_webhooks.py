"""The types of webhooks. Nothing here runs."""

from __future__ import annotations

from typing import Any, assert_type

from aiohttp import web
from attrs import frozen
from fastapi import Request

from tinyfish import AsyncTinyFish, Run, TinyFish
from tinyfish.webhooks import AnyEvent, MonitorEvent, RunEvent, UnknownEvent, WebhookReceiver, unwrap


@frozen
class Product:
    name: str


def messages(body: bytes) -> None:
    event = unwrap(body, returns=Product)
    assert_type(event, RunEvent[Product] | MonitorEvent | UnknownEvent)
    if isinstance(event, RunEvent):
        assert_type(event.run.value, Product)
    elif isinstance(event, MonitorEvent):
        assert_type(event.monitor_id, str | None)
    if event.run is not None:
        assert_type(event.run.value, Product)
    raw = unwrap({"event": "run.completed"})
    if isinstance(raw, RunEvent):
        assert_type(raw.run.value, dict[str, Any] | None)


async def requests(request: Request, other: web.Request) -> None:
    for event in (await unwrap(request, returns=Product), await unwrap(other, returns=Product)):
        if isinstance(event, RunEvent):
            assert_type(event.run.value, Product)


async def receivers(client: AsyncTinyFish, sync_client: TinyFish) -> None:
    async def on_event(event: AnyEvent[Product]) -> None: ...

    receiver = WebhookReceiver(client, on_event=on_event, returns=Product)
    assert_type(receiver, WebhookReceiver[Product])
    assert_type(await receiver.wait("run-1"), Run[Product])
    queued = await client.agent.queue(goal="g", url="https://a.example", returns=int)
    assert_type(await receiver.wait(queued), Run[int])
    other = WebhookReceiver(sync_client)
    assert_type(other.wait_sync("run-1", returns=Product), Run[Product])
