"""Webhooks: what TinyFish sends to a run's `webhook_url` when the run ends. See docs/integrations/webhooks.md."""

from __future__ import annotations

from tinyfish.errors import WebhookError
from tinyfish.webhooks.events import AnyEvent, MonitorEvent, RunEvent, UnknownEvent, WebhookEvent
from tinyfish.webhooks.unwrapping import unwrap

__all__ = [
    "AnyEvent",
    "MonitorEvent",
    "RunEvent",
    "UnknownEvent",
    "WebhookError",
    "WebhookEvent",
    "unwrap",
]
