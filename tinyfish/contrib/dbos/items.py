"""What is stored in the database: the runs to start, and how they ended. JSON only, so that any version can read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from tinyfish_generated.types import picklable, written

from tinyfish._core import checks
from tinyfish._core.json_text import loads
from tinyfish._core.keyed.reference import fingerprint
from tinyfish._core.requests.run_request import run_request
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.models.returns import OutputSpec

if TYPE_CHECKING:
    from tinyfish.models import AgentRunAsyncResponse, Run


class Item(TypedDict):
    """A run to start.

    Attributes:
        options: The arguments of `agent.queue`: `goal`, `url` and so on.
        run_timeout: Seconds after which it is cancelled; None for no limit.
    """

    options: dict[str, Any]
    run_timeout: NotRequired[float | None]


class Failure(TypedDict):
    """Why there is no run, or why nothing is known of it.

    Attributes:
        type: The name of the error's class.
        message: Its text.
        run_id: The run's id, if it has one.
    """

    type: str
    message: str
    run_id: NotRequired[str]


class Ending(TypedDict, total=False):
    """How a workflow ended: the run as the API sent it, or an error.

    Attributes:
        run: The run's document; or only its id and status, if `json` has it.
        json: The run's document as text, if no database takes it as it is.
        error: Why there is none; or why it was cancelled, if that was its time limit.
    """

    run: dict[str, Any]
    json: str
    error: Failure


class StepResult(Ending, total=False):
    """What a step of the workflow stores.

    Attributes:
        run_id: The run that was started.
        again: The start may work later: after so many seconds at the earliest.
        is_uncertain: The run may have been started.
        is_unsent: Nothing was sent in this try, or it was certainly refused.
        is_open: The run has not ended.
        is_missing: The server doesn't know the run.
        age: Seconds since the run was created, by the server's clock, which is the same for all workers.
    """

    run_id: str
    again: float
    is_uncertain: bool
    is_unsent: bool
    is_open: bool
    is_missing: bool
    age: float


def checked_item(key: str, options: object, output_spec: OutputSpec, run_timeout: float | None) -> Item:
    """Check a run's options, as `agent.queue` would.

    Raises:
        TypeError: An option doesn't exist, or has the wrong type.
        ValueError: An option has an invalid value.
    """
    checks.text("key", key)
    if not isinstance(options, Mapping):
        raise InvalidArgumentTypeError(
            f"The options of {key!r} must be a mapping with 'goal' and 'url', not {type(options).__name__}."
        )
    given: dict[str, Any] = dict(options)  # pyright: ignore[reportUnknownArgumentType] - checked field by field
    if output_spec.output_schema is not None:
        given["output_schema"] = output_spec.output_schema
    document = run_request(given, api_integration=None, name=f"items[{key!r}]").to_dict()
    if not _is_unicode(written(document)):  # texts are checked, so that it's in what is sent as it is
        raise InvalidArgumentError(
            f"items[{key!r}].output_schema contains a lone surrogate, which is not valid Unicode text: no database can "
            "store it."
        )
    return Item(options=document, run_timeout=run_timeout)


def are_same(item: Item | None, other: Item) -> bool:
    """Whether two items are the same run: goal, url and options, but neither passwords nor the `webhook_url`."""
    return (
        item is not None
        and fingerprint(item["options"]) == fingerprint(other["options"])
        and item.get("run_timeout") == other.get("run_timeout")
    )


def storable(text: str) -> str:
    """Text in which halves of surrogate pairs, which no database takes, are written as JSON does."""
    return text.encode("utf-8", "backslashreplace").decode()


def _is_unicode(text: str) -> bool:
    return storable(text) == text


def stored(run: Run | AgentRunAsyncResponse) -> StepResult:
    """A run as it's stored. It may be paid for, so it must be possible, whatever its result has."""
    document = run.to_dict()
    # JSON can have halves of surrogate pairs, and UTF-8 can't; and DBOS reads what is nested by recursion.
    text = written(document)
    escaped = storable(text)
    if escaped == text and picklable(document) is document:
        return StepResult(run=document)
    return StepResult(run={name: document.get(name) for name in ("run_id", "status")}, json=escaped)


def document_of(ending: Ending) -> dict[str, Any] | None:
    """The document of the run that has ended; None if there is none."""
    return loads(ending["json"]) if "json" in ending else ending.get("run")


def never_started(message: str) -> dict[str, Any]:
    """The document of a run that was cancelled before it was started."""
    return {"run_id": None, "status": "CANCELLED", "error": {"message": message}}
