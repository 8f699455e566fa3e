"""One entry of a ledger."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from attrs import field, frozen
from tinyfish_generated.models import RunStatus
from tinyfish_generated.types import written

from tinyfish._core.json_text import loads
from tinyfish._core.keyed.reference import Reference
from tinyfish.models import Run

# What is not kept of a run: the entry has it already, or it is large, or it expires within minutes.
_NOT_KEPT: Final = frozenset(
    {"run_id", "status", "goal", "num_of_steps", "steps", "streaming_url", "video_url", "type", "timestamp"}
)
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


@frozen(kw_only=True)
class LedgerEntry:
    """One start: what was to be started, and what is known of its run.

    Attributes:
        key: The key: the caller's, or one that the client made.
        attempt: 1, or more if it was started again after it failed.
        run_id: The run; None if it isn't known whether there is one.
        status: How the run ended; None if that isn't known yet.
        goal: The goal.
        url: The url, without a login.
        num_of_steps: How many steps the run took, and was billed for; None if that isn't known.
        fingerprint: What distinguishes the content: goal, url and options.
    """

    key: str
    attempt: int
    run_id: str | None
    status: RunStatus | None
    goal: str
    url: str
    num_of_steps: int | None
    fingerprint: bytes = field(repr=False)
    _document: str | None = field(repr=False, alias="document")
    _started: float = field(repr=False, alias="started")
    _ended: float | None = field(repr=False, alias="ended")

    @property
    def started_at(self) -> datetime:
        """When the start was recorded, by this machine's clock."""
        return datetime.fromtimestamp(self._started, UTC)

    @property
    def ended_at(self) -> datetime | None:
        """When the end was seen, by this machine's clock; None if it wasn't."""
        return None if self._ended is None else datetime.fromtimestamp(self._ended, UTC)

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, as far as the ledger knows."""
        return self.status is not None

    @property
    def ok(self) -> bool:
        """Whether the run completed."""
        return self.status == RunStatus.COMPLETED

    @property
    def reference(self) -> str:
        """The reference in the goal that was sent."""
        return str(Reference.of_fingerprint(self.key, self.fingerprint, self.attempt))

    @property
    def run(self) -> Run | None:
        """The run as it was last seen; None if there is none. It has no steps, only their number."""
        if self.run_id is None:
            return None
        known: dict[str, Any] = {} if self._document is None else loads(self._document)
        known["run_id"] = self.run_id
        known["status"] = RunStatus.PENDING if self.status is None else str(self.status)
        known["goal"] = self.goal
        known["num_of_steps"] = self.num_of_steps
        if "created_at" not in known:
            known["created_at"] = self.started_at.isoformat()
        run: Run = Run.decode(known)  # nobody else has this document, so it needn't be copied
        return run

    @property
    def result(self) -> dict[str, Any] | None:
        """The run's result; None if it has none."""
        run = self.run
        return None if run is None else run.result


def document_of(run: Any) -> str:
    """What is kept of a run that has ended, or of the last event of its stream, as JSON."""
    document: dict[str, Any] = run.__dict__.get("_document") or run.to_dict()  # what was received, undecoded
    kept = {name: value for name, value in document.items() if name not in _NOT_KEPT and value is not None}
    text = written(kept, separators=(",", ":"))
    # JSON can have half of a surrogate pair, and SQLite's UTF-8 can't.
    return text if text.isascii() else _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def entry_of(row: tuple[Any, ...]) -> LedgerEntry:
    """The entry in a row of COLUMNS."""
    key, attempt, run_id, status, goal, url, steps, fingerprint, document, started, ended = row
    return LedgerEntry(
        key=key,
        attempt=attempt,
        run_id=run_id,
        status=None if status is None else RunStatus.decode(status),
        goal=goal,
        url=url,
        num_of_steps=steps,
        fingerprint=fingerprint,
        document=document,
        started=started,
        ended=ended,
    )


COLUMNS: Final = (
    "key, attempt, run_id, status, goal, url, num_of_steps, fingerprint, document, started_at, ended_at"
)
