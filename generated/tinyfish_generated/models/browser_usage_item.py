# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime

from attrs import define

from ..types import Model, decode_timestamp
from .browser_session_mode import BrowserSessionMode
from .browser_usage_status import BrowserUsageStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
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
    _ids = frozenset({"session_id"})
    _decoders = {
        "mode": BrowserSessionMode.decode,
        "start_time": decode_timestamp,
        "end_time": decode_timestamp,
        "status": BrowserUsageStatus.decode,
        "created_at": decode_timestamp,
        "updated_at": decode_timestamp,
    }

    session_id: str
    """The session's id."""
    user_id: str | None = None
    """The account that opened it."""
    sub_user_id: str | None = None
    """The account's own user on whose behalf it was opened, if any."""
    mode: BrowserSessionMode | None = None
    """Which kind of browser it is: `light`, `stealth` or `tf-browser`, which sessions of this API have."""
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
    """Where the session stands: `created`, `running` or `ended`."""
    created_at: datetime | None = None
    """When this record was made."""
    updated_at: datetime | None = None
    """When this record was last changed."""
