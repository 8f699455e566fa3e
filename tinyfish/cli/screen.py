"""Messages for people, on stderr. Colours and live views only if that is a terminal."""

from __future__ import annotations

import logging
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


@cache
def console() -> Console:
    """The console for people: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


@cache
def data_console() -> Console:
    """The console for tables: stdout."""
    from rich.console import Console

    return Console(highlight=False)


def is_unicode() -> bool:
    """Whether stderr can show more than ASCII: not with the code pages of Windows, or LANG=C."""
    return (sys.stderr.encoding or "ascii").lower().replace("-", "").startswith("utf")


def say(text: str, *, quiet: bool = False) -> None:
    """Print a line for people, unless they want none."""
    if not quiet:
        sys.stderr.write(_encodable(text) + "\n")
        sys.stderr.flush()


class Warnings(logging.Handler):
    """The client's warnings. They are for programmers, so they're printed only if an error has no better advice."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning."""
        self.lines.append(record.getMessage())


WARNINGS = Warnings()


def complain(error: BaseException) -> None:
    """Print what went wrong, and what to do: the notes of the error, otherwise the client's warnings."""
    default = "Interrupted." if isinstance(error, KeyboardInterrupt) else type(error).__name__
    lines = [str(error) or default, *(getattr(error, "__notes__", []) or WARNINGS.lines)]
    if os.environ.get("TINYFISH_DEBUG"):
        import traceback

        lines = traceback.format_exception(error)
    for number, line in enumerate(lines):
        say(line if number else f"{_red('Error:')} {line}")


def _red(text: str) -> str:
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[31m{text}\x1b[0m" if coloured else text


def _encodable(text: str) -> str:
    encoding = sys.stderr.encoding or "ascii"
    return text.encode(encoding, "replace").decode(encoding)
