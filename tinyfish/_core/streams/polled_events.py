"""The events of a run that is polled, because its stream broke or it has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from tinyfish_generated.models import ProgressEvent, RunStep
from tinyfish_generated.types import shown

from tinyfish.models import CompleteEvent, Run


class NewSteps:
    """The steps of a run that have not been reported yet."""

    def __init__(self) -> None:
        self._last_streamed: ProgressEvent | None = None
        self._reported: set[str] = set()

    def streamed(self, event: ProgressEvent) -> None:
        """The stream has reported a step."""
        self._last_streamed = event

    def of(self, run: Run) -> Iterator[ProgressEvent]:
        """The events for the new steps that a poll shows."""
        steps: object = run.steps  # anything that the server sent
        for step in cast("list[object]", steps) if isinstance(steps, list) else ():
            if not isinstance(step, RunStep) or not step.action:
                continue
            name = shown(step.id)
            if name not in self._reported and self._came_later(step.timestamp):
                self._reported.add(name)
                yield ProgressEvent(run_id=run.run_id, purpose=step.action, timestamp=step.timestamp)

    def _came_later(self, moment: object) -> bool:
        """Whether a step came after the last one that the stream reported: those have no ids."""
        return self._last_streamed is None or _moment(moment) > _moment(self._last_streamed.timestamp)


def complete_event(run: Run) -> CompleteEvent:
    """The last event of a run that has ended."""
    return CompleteEvent(
        run_id=run.run_id,
        status=run.status,
        result_json=run.result,
        error=run.error,
        timestamp=run.finished_at,
        recovered=True,
    )


def _moment(value: object) -> datetime:
    """A time to compare with; the distant past if the server sent none."""
    return value if isinstance(value, datetime) else datetime.min.replace(tzinfo=UTC)
