"""How runs have ended, as a ledger keeps it."""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeAlias

from attrs import define, field
from tinyfish_generated.models import CancelRunResponse, CancelRunsBatchResponse, RunStatus
from tinyfish_generated.types import written

from tinyfish.budget import steps_told
from tinyfish.models import CompleteEvent, Run, RunListResponse, RunsBatchResponse
from tinyfish.models.outcome import has_ended, is_undoubted
from tinyfish.outcomes import DEFAULT_MARK

End: TypeAlias = Run[Any] | CompleteEvent[Any] | CancelRunResponse

# What is not kept of what was received: the entry has it already, or it is large, or it expires within minutes.
_NOT_KEPT: Final = frozenset(
    {
        "run_id",
        "status",
        "goal",
        "num_of_steps",
        "steps",
        "streaming_url",
        "video_url",
        "type",
        "timestamp",
        "runId",
    }
)
# Events can have their result under another name.
_OTHER_RESULTS: Final = ("resultJson", "result_json")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
# Documents come from JSON, so they contain no cycles.
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


@define(eq=False)
class SeenEnd:
    """The end of a run, in a response or an event."""

    _end: End
    _row: tuple[Any, ...] | None = field(init=False, default=None)

    @property
    def run_id(self) -> str:
        """The run; empty if it isn't named."""
        return self._end.run_id or ""

    def row(self) -> tuple[Any, ...]:
        """The values of the columns run_id, status, num_of_steps, document and undoubted_by.

        They are made when they are first asked for: most ends in a list of runs are known already.
        """
        if self._row is None:
            end = self._end
            steps = steps_told(getattr(end, "num_of_steps", None))
            self._row = (end.run_id, str(end.status), steps, _document_of(end), _judge(end))
        return self._row


def ends_in(value: object) -> list[End]:
    """The ends of runs that a response has."""
    match value:
        case Run() | CompleteEvent():
            found: list[Any] = [value]
        case CancelRunResponse():
            return [value] if value.status == RunStatus.CANCELLED else []
        case CancelRunsBatchResponse():
            return [one for one in value.results if one.status == RunStatus.CANCELLED]
        case RunsBatchResponse() | RunListResponse():
            found = value.data
        case _:
            return []
    return [run for run in found if has_ended(run.status)]


def _document_of(end: Any) -> str:
    """What is kept of a run that has ended, or of the last event of its stream, as JSON: first the result."""
    received: dict[str, Any] = end.__dict__.get("_document") or end.to_dict()  # undecoded
    kept: dict[str, Any] = {"result": None}
    kept |= {name: value for name, value in received.items() if name not in _NOT_KEPT and value is not None}
    for name in _OTHER_RESULTS:
        other = kept.pop(name, None)
        if kept["result"] is None:
            kept["result"] = other
    try:
        text = _encode(kept)
    except RecursionError:
        text = written(kept, separators=(",", ":"))
    # JSON can have half of a surrogate pair, and SQLite's UTF-8 can't.
    return text if text.isascii() else _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _judge(end: Any) -> int | None:
    """The mark of the default rules if they find nothing to doubt in the result of a completed run."""
    return DEFAULT_MARK if end.status == RunStatus.COMPLETED and is_undoubted(end) else None
