"""The answers to starts, and the ways to name a run that was started."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, cast

import tinyfish_generated.models as generated
from attrs import define, field
from tinyfish_generated.models import RunStatus
from tinyfish_generated.types import DecodeError

from tinyfish.models.outcome import Outcome, Typed, V, has_ended
from tinyfish.models.run import Run
from tinyfish.models.wanted import Wanted

if TYPE_CHECKING:
    from tinyfish.typed import Reading


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunResponse(generated.AgentRunResponse, Outcome[V]):
    """A run that was waited for.

    Attributes:
        adopted: The answer to the start was lost, and the run was found again by its goal and moment.
    """

    adopted: bool = False
    _wanted: Wanted[V] | None = field(default=None, eq=False, repr=False, alias="wanted")
    _reading: Reading[V] | None = field(default=None, init=False, eq=False, repr=False)

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Make one of a whole JSON document, as the models do.

        Raises:
            DecodeError: It tells neither how a run ended nor which one goes on.
        """
        answer = super().decode_document(src)
        if not answer.run_id and goes_on(answer):
            raise DecodeError(f"{cls.__name__}: status {answer.status}, and no run_id to wait for")
        return answer


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunAsyncResponse(generated.AgentRunAsyncResponse, Typed[V]):
    """A run that was started.

    Attributes:
        adopted: The answer to the start was lost, and the run was found again by its goal and moment.
    """

    adopted: bool = False
    _wanted: Wanted[V] | None = field(default=None, eq=False, repr=False, alias="wanted")

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Make one of a whole JSON document, as the models do.

        Raises:
            DecodeError: It does not say what came of the start.
        """
        answer = super().decode_document(src)
        if not answer.run_id and answer.error is None:
            raise DecodeError(f"{cls.__name__}: neither run_id nor error")
        return answer


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunBatchResponse(generated.AgentRunBatchResponse, Typed[V]):
    """Runs that were started together.

    Attributes:
        adopted: An answer was lost, and its runs were found again by their goals and moment.
    """

    adopted: bool = False
    _wanted: Wanted[V] | None = field(default=None, eq=False, repr=False, alias="wanted")

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Make one of a whole JSON document, as the models do.

        Raises:
            DecodeError: It does not say what came of the starts.
        """
        answer = super().decode_document(src)
        if not answer.run_ids and answer.error is None:
            raise DecodeError(f"{cls.__name__}: neither run_ids nor error")
        return answer


def goes_on(run: generated.AgentRunResponse) -> bool:
    """Whether a run that was to be waited for has not ended yet."""
    status = cast("object", run.status)
    if isinstance(status, str) and status.upper() in (RunStatus.PENDING, RunStatus.RUNNING):
        return True
    tells_end = run.finished_at is not None or run.result is not None or run.error is not None
    return not has_ended(status) and not tells_end


RunOrId = Run[Any] | AgentRunAsyncResponse[Any] | str
ManyRuns = AgentRunBatchResponse[Any] | Iterable[RunOrId]
