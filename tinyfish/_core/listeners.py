"""Who listens to what a client does. If nobody does, nothing is told, and nothing for it is loaded."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from tinyfish._core.log import logger
from tinyfish.errors import InvalidArgumentTypeError

if TYPE_CHECKING:  # loaded when somebody listens
    from tinyfish._core.clock import Clock
    from tinyfish._core.teller import Teller
    from tinyfish.budget import Budget
    from tinyfish.hooks import Listener, OnEvent


class Listeners:
    """The listeners of a client and its copies: the log, and those that the user gave.

    Args:
        clock: The client's.
        budget: The client's.
        given: The user's listeners.
    """

    def __init__(self, clock: Clock, budget: Budget, given: Sequence[Listener] = ()) -> None:
        self._clock = clock
        self._budget = budget
        self._given = given
        self._teller = self._new_teller() if given else None

    def teller(self, level: int = logging.INFO) -> Teller | None:
        """What tells the listeners of an event; None if nobody listens.

        Args:
            level: The event's level in the log.
        """
        if not self._given and not logger.isEnabledFor(level):
            return None
        if self._teller is None:
            self._teller = self._new_teller()
        return self._teller

    def _new_teller(self) -> Teller:
        from tinyfish._core.teller import Teller

        return Teller(self._clock, self._budget, self._given)


def checked_listeners(on_event: OnEvent | None) -> tuple[Listener, ...]:
    """The listeners that a client was given.

    Raises:
        InvalidArgumentTypeError: One isn't a function, or is a coroutine function.
    """
    if on_event is None:
        return ()
    is_one = callable(on_event) or isinstance(on_event, str) or not hasattr(on_event, "__iter__")
    listeners: tuple[object, ...] = (on_event,) if is_one else tuple(cast("Sequence[object]", on_event))
    for listener in listeners:
        if not callable(listener):
            raise InvalidArgumentTypeError(
                f"on_event must be a function, a Hook, or a sequence of them, not {listener!r}."
            )
        if inspect.iscoroutinefunction(listener) or inspect.iscoroutinefunction(type(listener).__call__):
            raise InvalidArgumentTypeError(
                f"on_event must not be a coroutine function, like {listener!r}: nobody would await it. Put the events "
                "into a queue instead."
            )
    return cast("tuple[Listener, ...]", listeners)
