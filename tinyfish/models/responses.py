"""The responses to starts, and the ways to identify a started run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self, cast

import tinyfish_generated.models as generated
from attrs import define
from tinyfish_generated.models import RunStatus
from tinyfish_generated.types import DecodeError

from tinyfish.errors import SDKError
from tinyfish.models.outcome import Outcome, Typed, V, has_ended
from tinyfish.models.run import Run
from tinyfish.models.run_ref import RunRef


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunResponse(generated.AgentRunResponse, Outcome[V]):
    """A run that was waited for.

    Attributes:
        adopted: Whether the response to the start was lost, and the run was found by its goal and time.
        from_cache: Whether it's an earlier run with the same content, from the ledger (`max_age=`).
        reused: Whether this call started nothing, because the run was there: that of its key, or of the cache.
    """

    adopted: bool = False
    from_cache: bool = False
    reused: bool = False
    _caches = ("_reading", "_undoubted")

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Decode a complete JSON document, like the models do.

        Raises:
            DecodeError: It has neither an outcome nor the id of a run that goes on.
        """
        answer = super().decode_document(src)
        if not answer.run_id and is_unfinished(answer):
            raise DecodeError(f"{cls.__name__}: status {answer.status}, and no run_id to wait for")
        return answer


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunAsyncResponse(generated.AgentRunAsyncResponse, Typed[V]):
    """A run that was started.

    Attributes:
        adopted: Whether the response to the start was lost, and the run was found by its goal and time.
        from_cache: Whether it's an earlier run with the same content, from the ledger (`max_age=`).
        reused: Whether this call started nothing, because the run was there: that of its key, or of the cache.
        idempotency_key: The run's key: the given one, or one that the client made for its ledger; None without one.
        reference: What the client wrote into the goal for the key; None without one.
    """

    adopted: bool = False
    from_cache: bool = False
    reused: bool = False
    idempotency_key: str | None = None
    reference: str | None = None

    @property
    def ref(self) -> RunRef:
        """The run's id and key, to be kept or sent to another process.

        Raises:
            SDKError: The run couldn't be queued.
        """
        if self.run_id is None:
            raise SDKError("This run couldn't be queued, so it has no id.")
        return RunRef(run_id=self.run_id, idempotency_key=self.idempotency_key, reference=self.reference)

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Decode a complete JSON document, like the models do.

        Raises:
            DecodeError: It has neither a run id nor an error.
        """
        answer = super().decode_document(src)
        if not answer.run_id and answer.error is None:
            raise DecodeError(f"{cls.__name__}: neither run_id nor error")
        return answer


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunBatchResponse(generated.AgentRunBatchResponse, Typed[V]):
    """Runs that were started together.

    Attributes:
        adopted: Whether a response was lost, and its runs were found by their goals and time.
    """

    adopted: bool = False

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Decode a complete JSON document, like the models do.

        Raises:
            DecodeError: It has neither run ids nor an error.
        """
        answer = super().decode_document(src)
        if not answer.run_ids and answer.error is None:
            raise DecodeError(f"{cls.__name__}: neither run_ids nor error")
        return answer


def is_unfinished(run: generated.AgentRunResponse) -> bool:
    """Whether a run that the server should have waited for hasn't ended yet."""
    status = cast("object", run.status)
    if isinstance(status, str) and status.upper() in (RunStatus.PENDING, RunStatus.RUNNING):
        return True
    tells_end = run.finished_at is not None or run.result is not None or run.error is not None
    return not has_ended(status) and not tells_end


RunOrId = Run[Any] | AgentRunAsyncResponse[Any] | RunRef | str
ManyRuns = AgentRunBatchResponse[Any] | Iterable[RunOrId]
