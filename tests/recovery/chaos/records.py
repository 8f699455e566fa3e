"""The result of an ask, as its caller sees it: its return value, its errors, and the log."""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tinyfish import SDKError, UncertainStartError

from .plans import Plan

_MAY_HAVE = ("may have happened", "may have started")


_IDS = ("run_id", "session_id", "research_run_id", "id")


@dataclass
class Record:
    """What came of an ask.

    Attributes:
        number: Which ask.
        met: The faults that it met.
        delivered: The ids of what it gave.
        seen: The ids that its handle or stream has.
        named: The ids that its error names.
        told: Whether its error, or a warning, says that something may have been started.
        warnings: The lines of the log that came of it.
        end: How it ended: "got", "adopted", "uncertain", "error", "left", "killed".
        outcome: The same, in detail.
        raw: Whether it ended with an exception that is none of the package's.
        left_early: Whether it was left before its runs had ended.
        ended_at: When it ended, by the clock.
    """

    number: int
    met: set[str] = field(default_factory=set[str])
    delivered: set[str] = field(default_factory=set[str])
    seen: set[str] = field(default_factory=set[str])
    named: set[str] = field(default_factory=set[str])
    told: bool = False
    warnings: list[str] = field(default_factory=list[str])
    end: str = "got"
    outcome: str = "nothing"
    raw: bool = False
    left_early: bool = False
    ended_at: float = 0.0

    def got(self, answer: Any) -> None:
        """Take in what an ask gave."""
        ids = (getattr(answer, "run_id", None), getattr(answer, "session_id", None))
        self.delivered.update(i for i in (*ids, *(getattr(answer, "run_ids", None) or ())) if i)
        if getattr(answer, "adopted", False):
            self.end = "adopted"
        self.outcome = f"got {', '.join(sorted(self.delivered))}"

    def got_id(self, made: str | None) -> None:
        """Take in the id of a product."""
        self.delivered.update({made} if made else ())
        self.outcome = f"got {made}"

    def saw(self, handle: Any) -> None:
        """Take in what a handle or a stream says of its run."""
        if handle.run_id:
            self.seen.add(handle.run_id)
        if handle.adopted:
            self.end = "adopted"

    def failed(self, error: BaseException) -> None:
        """Take in an error."""
        self.outcome = f"{type(error).__name__}: {error}"
        self.end = "uncertain" if isinstance(error, UncertainStartError) else "error"
        self.raw = not isinstance(error, SDKError)
        ids = [getattr(error, "run_id", None), *getattr(error, "run_ids", ())]
        ids += getattr(error, "created_run_ids", ())
        for one in getattr(error, "candidates", ()):
            run = getattr(one, "run", None)
            ids += [getattr(one, name, None) for name in _IDS]
            ids.append(getattr(run, "id", None))
        self.named.update(i for i in ids if i)
        self.told = self.told or isinstance(error, UncertainStartError)

    def left(self, how: str) -> None:
        """Its caller has left it."""
        self.met.add(how)
        self.end, self.outcome, self.left_early = "left", f"left by {how}, was: {self.outcome}", True

    def warned(self, line: str) -> None:
        """Take in a warning of the log."""
        self.warnings.append(line)
        self.told = self.told or any(text in line for text in _MAY_HAVE)

    def names(self, run_id: str) -> bool:
        """Whether its caller can know of a run by what the ask left behind."""
        return run_id in self.seen | self.named or any(run_id in line for line in self.warnings)


@dataclass
class Ask:
    """One ask: what is to happen to it, and what came of it."""

    plan: Plan
    record: Record


_CURRENT: contextvars.ContextVar[Record] = contextvars.ContextVar("record")


@contextmanager
def recording(record: Record) -> Iterator[None]:
    """Around an ask, in its thread or task: the warnings that come of it belong to it."""
    token = _CURRENT.set(record)
    try:
        yield
    finally:
        _CURRENT.reset(token)


class Listener(logging.Handler):
    """Gives each warning of the client to the ask of which it came, and keeps them all."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        self.lines.append(line)
        current = _CURRENT.get(None)
        if current is not None:
            current.warned(line)

    def __enter__(self) -> Listener:
        logging.getLogger("tinyfish").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("tinyfish").removeHandler(self)
