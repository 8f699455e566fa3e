"""Webhooks: what TinyFish sends to a run's `webhook_url` when the run ends. See docs/integrations/webhooks.md."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tinyfish.errors import WebhookError
from tinyfish.webhooks.events import AnyEvent, MonitorEvent, RunEvent, UnknownEvent, WebhookEvent
from tinyfish.webhooks.unwrapping import unwrap

if TYPE_CHECKING:
    from tinyfish.webhooks.answers import WebhookAnswer
    from tinyfish.webhooks.receiver import WebhookReceiver

__all__ = [
    "AnyEvent",
    "MonitorEvent",
    "RunEvent",
    "UnknownEvent",
    "WebhookAnswer",
    "WebhookError",
    "WebhookEvent",
    "WebhookReceiver",
    "unwrap",
]

if not TYPE_CHECKING:  # a program that only reads messages needs no ledger and no client

    def __getattr__(name: str) -> Any:
        modules = {"WebhookAnswer": "answers", "WebhookReceiver": "receiver"}
        if name not in modules:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{modules[name]}"), name)
        return value
