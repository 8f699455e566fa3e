"""`show=True`: a run that is shown while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tinyfish._core import checks

POLL_TO_SHOW: Final = 1.0
"""Seconds between the polls of a run that somebody looks at."""


def live_view(show: object) -> Callable[[Any], object] | None:
    """What shows a run at each change; None if it isn't to be shown.

    Raises:
        TypeError: `show` isn't a bool.
    """
    if not checks.boolean("show", show):
        return None
    from tinyfish.display.live import LiveView  # loaded only if something is shown

    return LiveView().show
