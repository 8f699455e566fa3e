"""Runs in the form of the API's responses."""

from collections.abc import Mapping

from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.store import RunRecord

_NONE: Mapping[str, str] = {}


def run_response(record: RunRecord) -> JsonObject:
    """A finished run as the response to the call that waited for it."""
    return {
        "run_id": record.run_id,
        "status": record.status,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "num_of_steps": len(record.steps),
        "result": record.result,
        "schema_validation": record.schema_validation,
        "error": record.error,
    }


def listed_run(record: RunRecord) -> JsonObject:
    """A run as shown in a list."""
    request = record.request
    proxy: JsonObject = request.get("proxy_config") or {}
    return {
        "run_id": record.run_id,
        "status": record.status,
        "goal": record.goal,
        "created_at": record.created_at,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "num_of_steps": len(record.steps) if record.finished else None,
        "result": record.result,
        "schema_validation": record.schema_validation,
        "output_schema": request.get("output_schema"),
        "error": record.error,
        "streaming_url": record.streaming_url if record.status == "RUNNING" else None,
        "browser_config": {
            "proxy_enabled": bool(proxy.get("enabled")),
            "proxy_country_code": proxy.get("country_code"),
        },
        "profile_attached": bool(request.get("use_profile")),
        "profile_id": request.get("profile_id") if request.get("use_profile") else None,
    }


def full_run(record: RunRecord, screenshots: Mapping[str, str] = _NONE) -> JsonObject:
    """A run with its steps.

    Args:
        record: The run.
        screenshots: Its screenshots, by step id.
    """
    steps = [{**step, "screenshot": screenshots.get(step["id"])} for step in record.steps]
    return {**listed_run(record), "video_url": None, "steps": steps}


def webhook(record: RunRecord) -> JsonObject:
    """The payload of a finished run's webhook."""
    return {
        "event": f"run.{record.status.lower()}",
        "run_id": record.run_id,
        "status": record.status,
        "data": full_run(record),
    }


def cancel_result(record: RunRecord, *, now: bool) -> JsonObject:
    """The response to a cancellation.

    Args:
        record: The run, after it.
        now: Whether this call cancelled it.
    """
    message = None
    if not now:
        message = "Run was already cancelled" if record.status == "CANCELLED" else "Run already finished"
    return {
        "run_id": record.run_id,
        "status": record.status,
        "cancelled_at": record.cancelled_at,
        "message": message,
    }
