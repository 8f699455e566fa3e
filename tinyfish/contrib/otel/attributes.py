"""The attributes of spans and metrics, by the semantic conventions for HTTP and GenAI."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from tinyfish.hooks import RequestEnded, RequestSent

RUN_KINDS: Final = {"run": "tinyfish", "research run": "tinyfish-research"}
"""What is an agent's work, by its kind: the name of the agent."""


def server(url: str) -> dict[str, str | int]:
    """The server of a URL."""
    parts = urlsplit(url)
    return {
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
    }


def request(event: RequestSent) -> dict[str, str | int]:
    """What is known of a request when it's sent."""
    attributes: dict[str, str | int] = {
        "http.request.method": event.method,
        "url.full": f"{event.url}?{event.query}" if event.query else event.url,
        "tinyfish.operation": event.operation,
        **server(event.url),
    }
    if event.attempt > 1:
        attributes["http.request.resend_count"] = event.attempt - 1
    if event.run_id is not None:
        attributes["tinyfish.run.id"] = event.run_id
    return attributes


def response(event: RequestEnded) -> dict[str, str | int]:
    """What is known of its response."""
    attributes: dict[str, str | int] = {}
    if event.status is not None:
        attributes["http.response.status_code"] = event.status
    error = error_type(event)
    if error is not None:
        attributes["error.type"] = error
    return attributes


def error_type(event: RequestEnded) -> str | None:
    """Why a request has failed: the class of the error, or the status; None if it hasn't."""
    if event.error is not None:
        return event.error
    return str(event.status) if event.status is not None and event.status >= 400 else None


def agent(kind: str) -> dict[str, str]:
    """What a run is."""
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "tinyfish",
        "gen_ai.agent.name": RUN_KINDS.get(kind, "tinyfish"),
    }
