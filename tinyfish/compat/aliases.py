"""Names of the published SDK that have another name here."""

from __future__ import annotations

from enum import StrEnum

from tinyfish_generated.models import AgentRunEvent, BrowserSessionRequest, FetchResult, RunErrorCategory

AgentRunWithStreamingResponse = AgentRunEvent
"""An event of a run: `AgentRunEvent`."""

BrowserSessionCreateParams = BrowserSessionRequest
"""The arguments of `browser.sessions.create`, as an object."""

ErrorCategory = RunErrorCategory
"""Why a run failed: `RunErrorCategory`."""

FetchMonitorResult = FetchResult
"""A page that a monitor read: `FetchResult`."""


class EventType(StrEnum):
    """The values of an event's `type`, which is a plain string here: it equals the member."""

    STARTED = "STARTED"
    STREAMING_URL = "STREAMING_URL"
    PROGRESS = "PROGRESS"
    HEARTBEAT = "HEARTBEAT"
    COMPLETE = "COMPLETE"
