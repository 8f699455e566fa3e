"""Whether an event of a run is true, by what the API says of the run. Pure."""

from __future__ import annotations

from typing import Any, Final

from tinyfish._core.log import logger
from tinyfish._core.waiting.wait_policy import is_the_apis, may_poll_again
from tinyfish.errors import APIError, NotFoundError
from tinyfish.models import Run
from tinyfish.models.outcome import has_ended
from tinyfish.models.returns import Wanted
from tinyfish.webhooks.events import RunEvent, event_of_run, tells_an_end

# A message can be faster than what the API shows. Seconds before the run is read again.
PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)


class Rereading:
    """The decision about one event.

    Report each read of the run to it. It returns the true event, or the seconds until the next read; None if the event
    isn't true.

    Args:
        told: The event, as it was received.
        wanted: The type of the run's result.
    """

    def __init__(self, told: RunEvent[Any], wanted: Wanted[Any] | None) -> None:
        self._told = told
        self._wanted = wanted
        self._pauses = iter(PAUSES)

    def read(self, run: Run[Any]) -> RunEvent[Any] | float | None:
        """Process a read."""
        is_ended = has_ended(run.status)
        if tells_an_end(self._told) and not is_ended:
            return self._pause(f"the run is {run.status}")
        # An end is the one that the API shows, whatever the message says: by other names, it isn't another event.
        name = None if is_ended else self._told.event
        event = event_of_run(run, name, {}, self._wanted)
        document = {
            "event": event.event,
            "run_id": run.run_id,
            "status": str(run.status),
            "data": run.to_dict(),
        }
        return event_of_run(run, name, document, self._wanted)

    def failed(self, error: APIError) -> float | None:
        """Process a failed read.

        Raises:
            APIError: The API can't be asked.
        """
        if isinstance(error, NotFoundError) and is_the_apis(error):
            return self._pause("the run does not exist, or belongs to another account")
        if not may_poll_again(error):
            raise error
        pause = next(self._pauses, None)
        if pause is None:
            raise error
        return pause

    def _pause(self, reason: str) -> float | None:
        pause = next(self._pauses, None)
        if pause is None:
            logger.warning("webhook %s isn't true: %s. It is ignored.", self._told.key, reason)
        return pause
