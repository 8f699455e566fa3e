"""The options of one call."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True, eq=False)
class CallOptions:
    """The options of one call, checked.

    Attributes:
        timeout: Seconds for the whole call, including retries and waits; None for no limit.
        max_retries: How often it can be retried.
        idle_timeout: Seconds of silence after which a stream counts as dead.
        late_seconds: How long a response that began in time can continue past `timeout`, because it's paid for.
    """

    timeout: float | None
    max_retries: int
    idle_timeout: float | None = None
    late_seconds: float = 5.0
