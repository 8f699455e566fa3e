"""The start that a stream makes itself, until the stream has named what it started. All decisions, no I/O."""

from __future__ import annotations

from typing import Final

from tinyfish._core.calls import salvaged_ids
from tinyfish._core.calls.call_result import CallResult, Uncertainty
from tinyfish._core.recovery.register import Start
from tinyfish._core.wire.call import Delivery, Failure
from tinyfish.errors import APIConnectionError, SDKError

# How much of a stream is kept until it has named its run: even a broken event may contain the id.
_KEPT_BYTES: Final = 64 * 1024


class OwnStart:
    """A part of the state of a stream: its entry in the register of starts, if it starts something.

    Attributes:
        run_id: The id of what was started; None until it's known.
        over: Whether the stream is finished.
    """

    run_id: str | None
    over: bool
    _start: Start | None = None
    _settled: bool = False
    """Whether it's certain that nothing was started."""
    _beginning: bytes = b""
    """The stream's bytes, while its run isn't known."""

    @property
    def start(self) -> Start:
        """This start's entry in the register of starts."""
        if self._start is None:
            raise AssertionError("the request has not been sent")
        return self._start

    def refused(self) -> None:
        """The request certainly started nothing."""
        self._settled = True

    def aborted(self, error: BaseException) -> None:
        """Reading was interrupted from outside. Reports the start if its run isn't known yet."""
        if self._start is None or self.run_id is not None or self._settled or self.over:
            return
        if not isinstance(error, SDKError):
            self._start.aborted(error)

    def report_unknown_run(self) -> None:
        """Report the run as possibly started, if its id is unknown. Takes no lock, so it's safe in a destructor."""
        start = self._start
        if start is not None and self.run_id is None and not self._settled and not start.uncertain:
            start.aborted(None)

    def _keep(self, chunk: bytes) -> None:
        """Keep a chunk of the stream, while its run isn't known."""
        if self.run_id is None and len(self._beginning) < _KEPT_BYTES:
            self._beginning += chunk[:_KEPT_BYTES]

    def _named_by(self, error: APIConnectionError, delivery: Delivery, tag: str) -> str | CallResult[None]:
        """The run that the bytes of a lost stream name; if they don't, the uncertain result of the start."""
        named = salvaged_ids.in_events(self._beginning, tag)
        if len(named) == 1:
            return named[0]
        return CallResult(error=error, uncertain=Uncertainty(Failure.NO_ANSWER, delivery, delivery.began_at))

    def _set_run_id(self, run_id: str) -> None:
        """The run is known from here on."""
        self.run_id = run_id
        self._beginning = b""
        if self._start is not None:
            self._start.finish()

    def _finish_start(self) -> None:
        """The stream is finished, at its end or early. Idempotent."""
        self.report_unknown_run()
        if self._start is not None:
            self._start.finish()
