"""`progress=True`: a bar in the terminal."""

from __future__ import annotations

import contextlib
import shutil
import sys
from typing import TYPE_CHECKING, Protocol, TextIO

from tinyfish.many.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console

_BAR_CHARS = 24


class Bar(Protocol):
    """A bar on the screen, from its first progress until it's closed."""

    def __call__(self, progress: Progress, /) -> None:
        """Show the progress."""

    def close(self) -> None:
        """Leave the bar on the screen as it is, and end its line. Idempotent."""


def bar(stream: TextIO | None = None) -> Bar | None:
    """A bar: one of rich if that is installed, otherwise a line that is written again and again.

    Args:
        stream: Where to write. Default: the standard error output.

    Returns:
        None if that is no terminal.
    """
    stream = stream or sys.stderr
    if (
        not stream or stream.closed or not stream.isatty()
    ):  # programs without a console have no standard error
        return None
    try:
        from rich.console import Console
    except ModuleNotFoundError:
        return _Line(stream)
    return _Rich(Console(file=stream))


class _Line:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._written = 0

    def __call__(self, progress: Progress, /) -> None:
        fraction = progress.fraction
        filled = "" if fraction is None else "#" * int(fraction * _BAR_CHARS)
        drawn = "" if fraction is None else f"[{filled:.<{_BAR_CHARS}}] "
        # A line that fills the terminal would be continued in the next one.
        text = f"{drawn}{progress}"[: shutil.get_terminal_size().columns - 1]
        self._write(f"\r{text:<{self._written}}")
        self._written = len(text)

    def close(self) -> None:
        if self._written:
            self._write("\n")
        self._written = 0

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # a terminal that was closed is no reason to end a job
            self._stream.write(text)
            self._stream.flush()


class _Rich:
    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self._bars = Progress(
            BarColumn(bar_width=_BAR_CHARS),
            TextColumn("{task.description}", markup=False),
            console=console,
            auto_refresh=False,  # which needs a thread
            redirect_stdout=sys.stdout.isatty(),  # what is printed into a file or pipe has to arrive there
        )
        self._task = self._bars.add_task("", total=None)
        self._is_open = False

    def __call__(self, progress: Progress, /) -> None:
        if not self._is_open:
            self._is_open = True
            self._bars.start()
        self._bars.update(
            self._task,
            # rich takes room from the bar first.
            description=str(progress)[: max(0, self._bars.console.width - _BAR_CHARS - 1)],
            completed=progress.ended,
            total=progress.total,
            refresh=True,
        )

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._bars.stop()
