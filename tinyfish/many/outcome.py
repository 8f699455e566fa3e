"""How one item of `run_many` ended."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from attrs import field, frozen
from tinyfish_generated.models import RunStatus

from tinyfish._core.lazy import lazy_property
from tinyfish.budget import steps_told
from tinyfish.errors import RunDoubtfulError, SDKError
from tinyfish.many.key_text import plain_key
from tinyfish.many.recorded import RecordedRun
from tinyfish.many.stream_errors import described
from tinyfish.models import Run
from tinyfish.models.outcome import is_undoubted
from tinyfish.outcomes import DEFAULT_RULES, Doubt, Rule, doubts

T = TypeVar("T", covariant=True)


@frozen(kw_only=True, eq=False, repr=False, slots=False)
class RunOutcome(Generic[T]):
    """How one item of `run_many` ended: with a value, or with an error. Exactly one of both: `error` is None if `ok`.

    Attributes:
        key: The item's key, or its number, from 0, if it has none.
        failure: Why the item ended without the end of a run: its options were rejected, its start failed or is
            uncertain, its run took too long. None if the run says how it ended.
        rules: What to doubt completed runs for, see `tinyfish.outcomes`. None at all: nothing is doubtful.
        from_ledger: Whether the item had ended before this job, at no further cost.
        from_cache: Whether the run is an earlier one with the same goal, url and options (`max_age`).
    """

    key: object
    _run: Run[T] | RecordedRun | None = field(default=None, alias="run")
    failure: Exception | None = None
    rules: tuple[Rule, ...] = DEFAULT_RULES
    from_ledger: bool = False
    from_cache: bool = False

    @property
    def run(self) -> Run[T] | None:
        """The run that was the last one for the item; None if none was started, or none is known."""
        run = self._run
        return run.read() if isinstance(run, RecordedRun) else run

    @property
    def ok(self) -> bool:
        """Whether the run completed, its result is not doubtful, and it can be read as the type of `returns=`."""
        return self.error is None

    @lazy_property
    def error(self) -> Exception | None:
        """Why it isn't `ok`.

        A `RunFailedError` or `RunCancelledError` with the run's reason; a `RunDoubtfulError` with the reasons to doubt
        its result; a `ResultMismatchError` if its result isn't of the type; otherwise `failure`. It was not raised, so
        it has no traceback; you can raise it.
        """
        known = self._run
        if self.failure is not None or known is None:
            return self.failure or SDKError(f"Nothing is known about the run of item {self.key!r}.")
        try:
            if self._is_undoubted and known.wanted is None:
                return None  # most are, and then a run in a ledger isn't read
            if self.doubts:
                raise RunDoubtfulError(run=cast("Run[T]", self.run), doubts=self.doubts)
            if known.wanted is not None or known.status != RunStatus.COMPLETED:
                _ = cast("Run[T]", self.run).raise_for_outcome().value
        except Exception as error:  # noqa: BLE001 - the type of `returns=` runs its own code
            return error.with_traceback(None)  # which would keep everything that is in the frames
        return None

    @lazy_property
    def doubts(self) -> tuple[Doubt, ...]:
        """The reasons to doubt the result of a completed run."""
        run = self._run
        if run is None or run.status != RunStatus.COMPLETED or self.failure is not None or not self.rules:
            return ()
        return () if self._is_undoubted else tuple(doubts(self.result, self.rules))

    @property
    def _is_undoubted(self) -> bool:
        """Whether it's known that the run completed, and that the rules find nothing to doubt."""
        run = self._run
        if run is None or self.rules is not DEFAULT_RULES:
            return False
        return run.undoubted if isinstance(run, RecordedRun) else is_undoubted(run)

    @property
    def doubtful(self) -> bool:
        """Whether the run completed, but its result is empty, or mentions a block or a failure."""
        return bool(self.doubts)

    @property
    def value(self) -> T:
        """The result as the type given in `returns=`; without `returns=`, the raw result.

        A doubtful result has a value too, if it can be read as the type.

        Raises:
            ResultMismatchError: It can't be read as that type.
            Exception: The item's `error`, if its run didn't complete.
        """
        run = self.run
        if run is None or not (self.ok or self.doubtful):
            raise cast("Exception", self.error)
        return run.value

    @property
    def result(self) -> dict[str, Any] | None:
        """The raw result; None if there is none."""
        return None if self._run is None else self._run.result

    @property
    def run_id(self) -> str | None:
        """The run's id, also if only the error knows it; None if there is no run, or none is known."""
        return getattr(self.error, "run_id", None) if self._run is None else self._run.run_id

    @property
    def num_of_steps(self) -> int:
        """The steps of the run, which are what it costs; 0 if they aren't known."""
        return 0 if self._run is None else steps_told(self._run.num_of_steps) or 0

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON: what `to_jsonl` writes, and what `tinyfish.sse` sends.

        Example:
            >>> from tinyfish import InvalidArgumentError, RunOutcome
            >>> outcome = RunOutcome(key="kettle", failure=InvalidArgumentError("url is empty"))
            >>> outcome.to_dict()["error"]
            {'type': 'InvalidArgumentError', 'message': 'url is empty'}
        """
        run, error = self.run, self.error
        return {
            "key": plain_key(self.key),
            "ok": self.ok,
            "doubtful": self.doubtful,
            "run_id": self.run_id,
            "status": None if run is None else run.to_dict().get("status"),
            "result": self.result,
            "error": None if error is None else described(error),
            "num_of_steps": self.num_of_steps,
            "from_ledger": self.from_ledger,
            "from_cache": self.from_cache,
        }

    def __repr__(self) -> str:
        state = "ok" if self.ok else f"error={self.error!r}"
        return f"{type(self).__name__}({self.key!r}, run_id={self.run_id!r}, {state})"
