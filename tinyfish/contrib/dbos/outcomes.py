"""How a workflow ended, as the outcome that `run_many` would give."""

from __future__ import annotations

from typing import Any, cast

from dbos import WorkflowStatus

from tinyfish.contrib.dbos.items import Ending, Failure, document_of, never_started
from tinyfish.errors import SDKError, WaitTimeoutError
from tinyfish.many.outcome import RunOutcome
from tinyfish.models import Run
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted


class WorkflowError(SDKError):
    """A worker could not start a run, or could not find out how it ended. The message begins with the error's class.

    Trying again doesn't help: what may pass was tried again by the worker.

    Attributes:
        run_id: The run's id, if it has one.
    """

    def __init__(self, message: str, run_id: str | None) -> None:
        super().__init__(message)
        self.run_id = run_id


def outcome_of(key: str, status: WorkflowStatus, wanted: Wanted[Any] | None) -> RunOutcome[Any]:
    """The outcome of a run whose workflow has ended.

    Args:
        key: The run's key.
        status: Its workflow.
        wanted: The type to read the result as.
    """
    ending = cast("Ending | None", status.output)
    if status.status == "CANCELLED":  # by DBOS's own tools
        ending = Ending(run=never_started("The workflow was cancelled"))
    if ending is None:
        return RunOutcome(
            key=key, failure=WorkflowError(f"The workflow of {key!r} failed: {status.error}", None)
        )
    failure = ending.get("error")
    document = document_of(ending)
    if document is not None:
        run = with_wanted(cast("Run", Run.decode(document)), wanted)
        if failure is None:
            return RunOutcome(key=key, run=run)
        late = WaitTimeoutError(failure["message"], run_id=run.run_id, last_run=run)
        return RunOutcome(key=key, run=run, failure=late)
    failure = failure or Failure(type="SDKError", message="The workflow stored no result")
    text = f"{failure['type']}: {failure['message']}"
    return RunOutcome(key=key, failure=WorkflowError(text, failure.get("run_id")))
