"""The result of one call, and what is known if it may have started something."""

from __future__ import annotations

from typing import Generic, TypeVar, cast

from attrs import frozen

from tinyfish._core.calls.retry import is_refusal, refuses_start
from tinyfish._core.wire.call import Delivery, Failure
from tinyfish.errors import APIError, APIStatusError

T = TypeVar("T")


@frozen(eq=False, repr=False)
class Uncertainty:
    """What is known about a start that may or may not have happened.

    Attributes:
        failure: How it failed.
        delivery: The progress of its request.
        since: When the first attempt that may have succeeded was sent, monotonic.
        again: The time range, monotonic, in which it can be sent again if the search succeeds and finds nothing; None
            for never.
    """

    failure: Failure
    delivery: Delivery
    since: float
    again: tuple[float, float] | None = None


class CallResult(Generic[T]):
    """The result of a call: a value or an error, and whether it may have started something.

    Attributes:
        value: The call's result.
        error: Why it failed. If there is a value too, the value replaces the error if nothing was started.
        uncertain: Set if the call may have started something.
        named: The ids in the failed response, if they cover everything that should have been started. Then the start
            isn't uncertain.
    """

    def __init__(
        self,
        value: T | None = None,
        error: APIError | None = None,
        uncertain: Uncertainty | None = None,
        named: tuple[str, ...] = (),
    ) -> None:
        self.value = value
        self.error = error
        self.uncertain = uncertain
        self.named = named

    @property
    def was_refused(self) -> bool:
        """Whether the server has refused the call, because there is too much at the moment: nothing was started."""
        if self.uncertain is not None or self.named:
            return False
        if self.error is None:
            return refuses_start(self.value)
        return isinstance(self.error, APIStatusError) and is_refusal(self.error.status_code, self.error.code)

    def get(self) -> T:
        """The value.

        Raises:
            APIError: The call failed.
        """
        if self.error is not None and self.value is None:
            raise self.error
        return cast(T, self.value)
