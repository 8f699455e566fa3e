"""One HTTP request on its way, and what is known of that way when it fails. No I/O."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from tinyfish._core.clock import Clock
from tinyfish._core.config import DEFAULT_MAX_BODY_BYTES, Secret

if TYPE_CHECKING:
    import httpx


@frozen(kw_only=True, eq=False)
class Call:
    """One HTTP request, ready to be sent.

    Attributes:
        method: The HTTP method.
        url: The absolute URL, with its query.
        headers: All headers but the key's.
        api_key: Sent as X-API-Key; None for a host that must not see it.
        content: The body.
        timeout: Seconds for the whole call; None for no limit.
        idle_timeout: Seconds of silence after which the answer is taken for dead; None for `timeout`.
        is_start: Whether it starts something: then it gets a connection that is surely alive.
        late_seconds: How long an answer that has begun in time may go on beyond `timeout`.
        max_body_bytes: How large the body of an answer may be, decompressed.
        foreign: Whether it goes to another host than the API's, which gets nothing that is meant for the API.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)  # as the content, may hold a password
    api_key: Secret | None
    content: bytes | None = field(repr=False)
    timeout: float | None
    idle_timeout: float | None = None
    is_start: bool = False
    late_seconds: float = 0.0
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    foreign: bool = False


class Delivery:
    """What is known of a request's way to the server.

    Attributes:
        began_at: When sending began, monotonic.
        begun: Whether a byte of it may have left.
        waited: Seconds that it waited for a free connection before that.
        whole_at: When its last byte had been handed to the connection, monotonic; None if unknown.
        ended_at: When the connection failed, or an answer had come that is none, monotonic; None if neither did.
        handed_over: Whether the request was given to what sends it. Until then not a byte of it can have left.
        peer: The address to which a connection was made for it, if that is known.
        head_begun: Whether the sending of its head is known to have begun.
        head_sent: Whether its whole head is known to have been sent.
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
        """It has failed, now if not before."""
        if self.ended_at is None:
            self.ended_at = self._clock.now()

    @property
    def seconds_alive_after_sending(self) -> float:
        """How long the connection lived on after the whole request had been sent."""
        if self.whole_at is None or self.ended_at is None:
            return 0.0
        return self.ended_at - self.whole_at


class Failure(enum.Enum):
    """How a request failed, as far as it matters for sending it again."""

    NOT_SENT = enum.auto()
    """No byte of it left: the connection was refused, or none was free."""
    LOCAL = enum.auto()
    """It failed on this side before a byte left (certificates, a hook of the caller's), and would do so again."""
    NO_ANSWER = enum.auto()
    """It was sent, at least in part, and no whole answer came."""
    REFUSED = enum.auto()
    """The API answered with its own error envelope."""
    NAMES_RUN = enum.auto()
    """An error status whose body names a run, or a session."""
    FOREIGN_ERROR = enum.auto()
    """An error status whose body is not the API's: some proxy's page."""
    UNREADABLE_SUCCESS = enum.auto()
    """A success status whose body is not what the contract says."""


class SendError(Exception):
    """No whole answer came. Internal: callers see an `APIConnectionError`.

    Attributes:
        status: The status of the answer that broke off; None if none began.
        content: As much of its body as came.
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
