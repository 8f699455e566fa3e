"""One entry of a ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, cast

from attrs import frozen
from tinyfish_generated.models import RunStatus
from tinyfish_generated.types import decode_json_object

from tinyfish._core.json_text import loads, value_at
from tinyfish._core.keyed.reference import Reference
from tinyfish.models import Run
from tinyfish.models.outcome import is_undoubted
from tinyfish.outcomes import DEFAULT_MARK

# A document begins with the result, because it's often all that is read of it: see `ends.py`.
_BEGIN: Final = '{"result":'

COLUMNS: Final = (
    "key, attempt, run_id, status, goal, url, num_of_steps, fingerprint, document, started_at, ended_at, "
    "undoubted_by"
)
"""The columns of an entry, in the order in which it reads them."""


@frozen(repr=False)
class LedgerEntry:
    """One start: what was to be started, and what is known of its run."""

    # The values of COLUMNS, as SQLite returns them: a job that goes on has an entry for each item, and reads little of
    # it.
    _row: tuple[Any, ...]

    @property
    def key(self) -> str:
        """The key: the caller's, or one that the client made."""
        return cast("str", self._row[0])

    @property
    def attempt(self) -> int:
        """1, or more if it was started again after it failed."""
        return cast("int", self._row[1])

    @property
    def run_id(self) -> str | None:
        """The run; None if it isn't known whether there is one."""
        return cast("str | None", self._row[2])

    @property
    def status(self) -> RunStatus | None:
        """How the run ended; None if that isn't known yet."""
        status: str | None = self._row[3]
        return None if status is None else RunStatus.decode(status)

    @property
    def goal(self) -> str:
        """The goal."""
        return cast("str", self._row[4])

    @property
    def url(self) -> str:
        """The url, without a login."""
        return cast("str", self._row[5])

    @property
    def num_of_steps(self) -> int | None:
        """How many steps the run took, and was billed for; None if that isn't known."""
        return cast("int | None", self._row[6])

    @property
    def fingerprint(self) -> bytes:
        """What distinguishes the content: goal, url and options."""
        return cast("bytes", self._row[7])

    @property
    def started_at(self) -> datetime:
        """When the start was recorded, by this machine's clock."""
        return datetime.fromtimestamp(self._row[9], UTC)

    @property
    def ended_at(self) -> datetime | None:
        """When the end was seen, by this machine's clock; None if it wasn't."""
        ended: float | None = self._row[10]
        return None if ended is None else datetime.fromtimestamp(ended, UTC)

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, as far as the ledger knows."""
        return self._row[3] is not None

    @property
    def ok(self) -> bool:
        """Whether the run completed."""
        return self.status == RunStatus.COMPLETED

    @property
    def undoubted(self) -> bool:
        """Whether the run completed, and the default rules of `tinyfish.outcomes` don't doubt its result."""
        if self._row[11] == DEFAULT_MARK:
            return True
        run = self.run if self.ok else None  # the rules that had judged it may have been others
        return run is not None and is_undoubted(run)

    @property
    def reference(self) -> str:
        """The reference in the goal that was sent."""
        return str(Reference.of_fingerprint(self.key, self.fingerprint, self.attempt))

    @property
    def run(self) -> Run | None:
        """The run as it was last seen; None if there is none. It has no steps, only their number."""
        document = self.document()
        return (
            None if document is None else Run.decode(document)
        )  # nobody else has it, so it needn't be copied

    def document(self) -> dict[str, Any] | None:
        """The same as the API's JSON object; a new one each time."""
        if self.run_id is None:
            return None
        _, _, run_id, status, goal, _, steps, _, document, *_ = self._row
        known: dict[str, Any] = {} if document is None else loads(document)
        known["run_id"] = run_id
        known["status"] = "PENDING" if status is None else status
        known["goal"] = goal
        known["num_of_steps"] = steps
        if "created_at" not in known:
            known["created_at"] = self.started_at.isoformat()
        return known

    @property
    def result(self) -> dict[str, Any] | None:
        """The run's result; None if it has none. A new object each time."""
        document: str | None = self._row[8]
        if self.run_id is None or document is None:
            return None
        try:
            result = (
                value_at(document, len(_BEGIN))
                if document.startswith(_BEGIN)
                else loads(document).get("result")
            )
        except RecursionError:
            result = loads(document)["result"]
        decoded: dict[str, Any] | None = decode_json_object(result)
        return decoded

    def __repr__(self) -> str:
        names = ("key", "attempt", "run_id", "status", "goal", "url", "num_of_steps")
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"
