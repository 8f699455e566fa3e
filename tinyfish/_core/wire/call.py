"""One HTTP request, and what is known about its progress when it fails. No I/O."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from tinyfish._core.clock import Clock
from tinyfish._core.config import DEFAULT_MAX_BODY_BYTES
from tinyfish._core.secret import Secret

if TYPE_CHECKING:
    import httpx

    from tinyfish._core.teller import Teller


@frozen(kw_only=True, eq=False)
class Call:
    """One HTTP request, ready to be sent.

    Attributes:
        method: The HTTP method.
        url: The absolute URL, with its query.
        headers: All headers except the API key's.
        api_key: Sent as X-API-Key; None for a host that must not get it.
        content: The body.
        timeout: Seconds for the whole call; None for no limit.
        idle_timeout: Seconds of silence after which the connection counts as dead; None for `timeout`.
        is_start: Whether it starts something. Then it gets a connection that is certainly alive.
        late_seconds: How long a response that began in time can continue past `timeout`.
        max_body_bytes: The size limit of the response body, decompressed.
        hides_content: Whether the body has secrets, so that no error may have it.
        foreign: Whether it goes to a host other than the API's, which must not get anything meant for the API.
        teller: Tells of its connection; None if nobody listens.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)  # like the content, may contain a password
    api_key: Secret | None
    content: bytes | None = field(repr=False)
    timeout: float | None
    idle_timeout: float | None = None
    is_start: bool = False
    late_seconds: float = 0.0
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    foreign: bool = False
    hides_content: bool = False
    teller: Teller | None = None


class Delivery:
    """What is known about a request's progress.

    Attributes:
        began_at: When sending began, monotonic.
        begun: Whether a byte of it may have been sent.
        waited: Seconds that it waited for a free connection before.
        whole_at: When its last byte was passed to the connection, monotonic; None if unknown.
        ended_at: When the connection failed or an invalid response arrived, monotonic; None if neither happened.
        handed_over: Whether the request was passed to the sending code. Before that, nothing can have been sent.
        peer: The address of its connection, if it's known.
        head_begun: Whether sending its headers is known to have begun.
        head_sent: Whether its headers are known to have been sent completely.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.began_at = clock.now()
        self.begun = False
        self.waited = 0.0
        self.whole_at: float | None = None
        self.ended_at: float | None = None
        self.handed_over = False
        self.peer: tuple[str, int] | None = None
        self.head_begun = False
        self.head_sent = False

    def begin(self) -> None:
        """There is a connection: sending begins."""
        self.begun = True
        asked_at, self.began_at = self.began_at, self._clock.now()
        self.waited = self.began_at - asked_at

    def end(self) -> None:
        """The connection has failed, now if not before."""
        if self.ended_at is None:
            self.ended_at = self._clock.now()

    @property
    def seconds_alive_after_sending(self) -> float:
        """How long the connection stayed open after the whole request was sent."""
        if self.whole_at is None or self.ended_at is None:
            return 0.0
        return self.ended_at - self.whole_at


class Failure(enum.Enum):
    """How a request failed, as far as it matters for retries."""

    NOT_SENT = enum.auto()
    """Nothing was sent: the connection was refused, or none was free."""
    LOCAL = enum.auto()
    """It failed locally before anything was sent (certificates, the caller's hook), and would fail again."""
    NO_ANSWER = enum.auto()
    """It was sent, at least in part, but there was no complete response."""
    REFUSED = enum.auto()
    """The API answered with its own error envelope."""
    NAMES_RUN = enum.auto()
    """An error status whose body names a run, or a session."""
    FOREIGN_ERROR = enum.auto()
    """An error status whose body isn't the API's: a proxy's page."""
    UNREADABLE_SUCCESS = enum.auto()
    """A success status whose body doesn't match the contract."""


class SendError(Exception):
    """There was no complete response. Internal: callers get an `APIConnectionError`.

    Attributes:
        status: The status of the incomplete response; None if none began.
        content: The received part of its body.
    """

    status: int | None = None
    content: bytes = b""

    def __init__(
        self,
        text: str,
        *,
        failure: Failure,
        timed_out: bool,
        delivery: Delivery,
        request: httpx.Request | None,
    ) -> None:
        super().__init__(text)
        self.failure = failure
        self.timed_out = timed_out
        self.delivery = delivery
        self.request = request
