# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from attrs import define

from ..types import Model, decode_timestamp
from .browser_session_mode import BrowserSessionMode
from .browser_usage_status import BrowserUsageStatus


@define(frozen=True, kw_only=True, eq=False, repr=False)
class BrowserUsageItem(Model):
    """One browser session and what it used."""

    _names = {
        "session_id": "session_id",
        "user_id": "user_id",
        "sub_user_id": "sub_user_id",
        "mode": "mode",
        "start_time": "start_time",
        "end_time": "end_time",
        "duration_ms": "duration_ms",
        "proxy_trg_rx_bytes": "proxy_trg_rx_bytes",
        "proxy_trg_tx_bytes": "proxy_trg_tx_bytes",
        "status": "status",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"session_id"})

    session_id: str
    """The session's id."""
    user_id: str | None = None
    """The account that opened it."""
    sub_user_id: str | None = None
    """The account's own user on whose behalf it was opened, if any."""
    mode: BrowserSessionMode | None = None
    """Which kind of browser it is."""
    start_time: datetime | None = None
    """When it started."""
    end_time: datetime | None = None
    """When it ended; null while it is open."""
    duration_ms: int | None = None
    """How long it lasted, in milliseconds; null while it is open."""
    proxy_trg_rx_bytes: int | None = None
    """Bytes received through the proxy."""
    proxy_trg_tx_bytes: int | None = None
    """Bytes sent through the proxy."""
    status: BrowserUsageStatus | None = None
    """Where the session stands."""
    created_at: datetime | None = None
    """When this record was made."""
    updated_at: datetime | None = None
    """When this record was last changed."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            session_id=get("session_id"),
            user_id=get("user_id"),
            sub_user_id=get("sub_user_id"),
            mode=None if (v := get("mode")) is None else BrowserSessionMode.decode(v),
            start_time=None if (v := get("start_time")) is None else decode_timestamp(v),
            end_time=None if (v := get("end_time")) is None else decode_timestamp(v),
            duration_ms=get("duration_ms"),
            proxy_trg_rx_bytes=get("proxy_trg_rx_bytes"),
            proxy_trg_tx_bytes=get("proxy_trg_tx_bytes"),
            status=None if (v := get("status")) is None else BrowserUsageStatus.decode(v),
            created_at=None if (v := get("created_at")) is None else decode_timestamp(v),
            updated_at=None if (v := get("updated_at")) is None else decode_timestamp(v),
            extra_fields=extra_fields,
        )
