"""An error among the events of many runs."""

from __future__ import annotations

from typing import Any, Final, Literal

from attrs import field, frozen

from tinyfish.many.key_text import text_of

ERROR: Final = "ERROR"


@frozen(eq=False)
class StreamErrorEvent:
    """The events of one run of `agent.stream_many` have ended with an error; those of the others go on.

    Attributes:
        error: What its stream has raised, or why it couldn't be started.
        type: `"ERROR"`, which no event of the API has.
    """

    error: Exception
    type: Literal["ERROR"] = field(init=False, default=ERROR)

    @property
    def run_id(self) -> str | None:
        """The run, which may go on; None if there is none, or it isn't known."""
        run_id: object = getattr(self.error, "run_id", None)
        return run_id if isinstance(run_id, str) else None

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON: what `tinyfish.sse` sends.

        Example:
            >>> from tinyfish import InvalidArgumentError, StreamErrorEvent
            >>> StreamErrorEvent(InvalidArgumentError("url is empty")).to_dict()
            {'type': 'ERROR', 'run_id': None, 'error': {'type': 'InvalidArgumentError', 'message': 'url is empty'}}
        """
        return {"type": self.type, "run_id": self.run_id, "error": described(self.error)}


def described(error: Exception) -> dict[str, str]:
    """An error as JSON."""
    return {"type": type(error).__name__, "message": text_of(error)}
