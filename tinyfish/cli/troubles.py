"""Says that calls fail and are repeated: otherwise a command would be silent for minutes while the API is down."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

import click

from tinyfish.cli.screen import say
from tinyfish.hooks import ClientEvent, Retrying

# Most failures are over after the first repetition.
_PATIENCE_SECONDS: Final = 5.0
# Of many calls at a time, one speaks for all.
_PAUSE_SECONDS: Final = 15.0
# A failure that comes later than this after another one has nothing to do with it.
_APART_SECONDS: Final = 60.0


class Troubles:
    """A listener of the client.

    Args:
        now: The time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        context = click.get_current_context(silent=True)
        self._quiet = context is not None and bool(context.params.get("quiet"))
        self._now = now
        self._last = -math.inf
        self._speaks_at = 0.0

    def __call__(self, event: ClientEvent) -> None:
        """Say it if calls have been failing for a while."""
        if not isinstance(event, Retrying):
            return
        now, before = self._now(), self._last
        self._last = now
        if now - before > _APART_SECONDS:
            self._speaks_at = now + _PATIENCE_SECONDS
        elif now >= self._speaks_at:
            self._speaks_at = now + _PAUSE_SECONDS
            say(f"Trying again: {event.reason}", quiet=self._quiet)
