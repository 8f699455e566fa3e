"""The stream of one run that fills a dataset: which events are returned, and how it continues. No I/O.

The server's events have no ids, and a new connection doesn't repeat rows. So after each further connection, and before
the last event if there is none, the rows of the dataset are read, and those that weren't returned become events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from attrs import fields, frozen
from tinyfish_generated.api.datasets import follow_dataset_run, list_dataset_rows
from tinyfish_generated.models import (
    DATASET_RUN_EVENT_MODELS,
    Dataset,
    DatasetRowsResponse,
    DatasetRun,
    DatasetRunDoneEvent,
    DatasetRunEvent,
    DatasetRunLogEvent,
    DatasetRunRowEvent,
    DatasetRunStatusEvent,
)
from tinyfish_generated.types import Request, is_id, shown

from tinyfish._core import checks
from tinyfish._core.calls.answer_checks import one_dataset
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.clock import Clock
from tinyfish._core.listeners import Listeners
from tinyfish._core.log import logger
from tinyfish._core.streams.following import Ask, FollowState, Lose
from tinyfish._core.streams.named_events import NamedEvent
from tinyfish._core.waiting.wait_policy import POLL_SECONDS, StateWait
from tinyfish._core.waiting.waited import dataset_run, dataset_run_has_ended
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import APIConnectionError, APIError, StreamInterruptedError

# How long `done` without a final status is held back, while the state is polled for it.
_COMPLETION_SECONDS: Final = 10.0


@frozen(kw_only=True)
class DatasetCallbacks:
    """The callbacks for each kind of event; each takes the event."""

    on_status: Callable[[DatasetRunStatusEvent], object] | None = None
    on_row: Callable[[DatasetRunRowEvent], object] | None = None
    on_log: Callable[[DatasetRunLogEvent], object] | None = None

    def check(self, *, may_be_async: bool) -> None:
        """Check that all are callable, before anything is sent.

        Raises:
            TypeError: One isn't.
        """
        for attribute in fields(type(self)):
            checks.callback(attribute.name, getattr(self, attribute.name), may_be_async=may_be_async)

    def call(self, event: DatasetRunEvent) -> object:
        """Call an event's callback and return its result."""
        match event:
            case DatasetRunRowEvent():
                return self.on_row and self.on_row(event)
            case DatasetRunStatusEvent():
                return self.on_status and self.on_status(event)
            case DatasetRunLogEvent():
                return self.on_log and self.on_log(event)
            case _:
                return None


class DatasetRunState(FollowState[DatasetRunEvent]):
    """The stream of one run that fills a dataset."""

    def __init__(
        self,
        dataset_id: str,
        run_id: str,
        options: CallOptions,
        clock: Clock,
        listeners: Listeners,
        mask: Mask,
        max_event_bytes: int,
    ) -> None:
        super().__init__(options, clock, listeners, mask, max_event_bytes)
        self.dataset_id = dataset_id
        self.run_id = run_id
        self._rows: dict[str, Any] = {}
        """The data of each row that was returned; None for a deleted one."""
        self._status: dict[str, Any] | None = None
        self._asks_for_rows = False
        self._is_done = False
        """Whether the server has sent `done`, which is held back, because the last status is missing."""
        self._final: Dataset | None = None
        """The last state, while the rows are read that belong to it."""

    # The events.

    def _accept(self, event: NamedEvent) -> DatasetRunEvent | None:
        if event.name == "heartbeat":
            return None
        model = DATASET_RUN_EVENT_MODELS.get(event.name)
        if model is None:
            logger.debug("Event of unknown name %s skipped.", shown(self._mask.text(event.name)))
            return None
        made = cast("DatasetRunEvent", model.decode(event.data))
        if isinstance(made, DatasetRunStatusEvent):
            if event.data == self._status:
                return None
            self._status = event.data
            self._brought_something = True
        elif isinstance(made, DatasetRunRowEvent):
            if not self._is_news(made.row_id, None if made.deleted else made.data):
                return None
            self._brought_something = True
        elif isinstance(made, DatasetRunDoneEvent):
            if not self._has_final_status():
                self._is_done = True
                self._poll(_COMPLETION_SECONDS)
                return None
        else:
            self._brought_something = True
        return made

    def _is_news(self, row_id: object, data: Any) -> bool:
        """Whether a row, or its change, wasn't returned yet."""
        if not isinstance(row_id, str):
            return True
        if row_id in self._rows and self._rows[row_id] == data:
            return False
        self._rows[row_id] = data
        return True

    def _has_final_status(self) -> bool:
        return self._status is not None and dataset_run_has_ended(self._status.get("status"))

    def _is_last(self, event: DatasetRunEvent) -> bool:
        return isinstance(event, DatasetRunDoneEvent)

    # Continuing.

    def _events_request(self) -> Request[Any]:
        return follow_dataset_run(self.dataset_id, self.run_id)

    def _state_request(self) -> Request[Any]:
        return one_dataset(self.dataset_id)

    def _new_wait(self, timeout: float | None) -> StateWait[Dataset]:
        waited = dataset_run(self.dataset_id, self.run_id)
        return StateWait(waited, self.run_id, self._clock, self._listeners, timeout)

    def _followed(self) -> tuple[str, str]:
        return dataset_run(self.dataset_id, self.run_id).noun, self.run_id

    def _end_status(self) -> object:
        return None if self._status is None else self._status.get("status")

    def _reconnected(self) -> None:
        self._ask_for_rows(None)

    def _ask_for_rows(self, after: str | None) -> None:
        self._asks_for_rows = True
        options = CallOptions(timeout=POLL_SECONDS, max_retries=self._options.max_retries)
        self._next.append(Ask(list_dataset_rows(self.dataset_id, after=after), options))

    def told(self, result: CallResult[Any]) -> None:
        """Process the response to a call.

        Raises:
            APIError: The rows, or the state, can't be read.
            WaitTimeoutError: The time limit is reached.
        """
        if not self._asks_for_rows:
            super().told(result)
            return
        self._asks_for_rows = False
        if result.error is not None and self._final is None:
            self._next.append(Lose(self.interrupted_error(f"its rows can't be read ({result.error})")))
            return
        page = cast("DatasetRowsResponse", result.get())
        for row in page.rows:
            if self._is_news(row.id, row.data):
                self._ready.append(
                    DatasetRunRowEvent.from_dict({"event": "row", "row_id": row.id, "data": row.data})
                )
                self._brought_something = True
        cursor: object = page.next_cursor
        if is_id(cursor) and page.rows:
            self._ask_for_rows(str(cursor))
        elif self._final is not None:
            self._end(self._final)

    def _not_told(self, error: APIError) -> None:
        if not self._is_done:
            raise error
        self._tell_done()  # the stream itself has reported the end

    def lost(self, error: APIConnectionError) -> None:
        """The connection ended, but not the stream: continue with another one, or poll the state."""
        self._asks_for_rows = False
        super().lost(error)

    def _conclude(self, state: Dataset | None) -> None:
        if state is not None:
            self._final = state
            self._ask_for_rows(None)

    def _end(self, state: Dataset) -> None:
        """All rows were returned: add the last status, and the end."""
        self._final = None
        run: object = state.run
        if isinstance(run, DatasetRun) and run.id == self.run_id and not self._has_final_status():
            told = {
                name: value
                for name, value in run.to_dict().items()
                if name in ("status", "error", "finished_at")
            }
            self._ready.append(DatasetRunStatusEvent.from_dict({"event": "status", **told}))
        self._tell_done()

    def _tell_done(self) -> None:
        self._ready.append(DatasetRunDoneEvent.from_dict({"event": "done"}))

    def interrupted_error(self, reason: str) -> StreamInterruptedError:
        """The error for a stream that ended too early."""
        return StreamInterruptedError(
            f"The event stream of run {self.run_id} of dataset {self.dataset_id} ended before its last event: "
            f"{reason}; the run goes on: datasets.wait({self.dataset_id!r}) waits for its end, and "
            f"datasets.iter_rows({self.dataset_id!r}) reads its rows.",
            run_id=self.run_id,
            last_event=self.last_event,
        )
