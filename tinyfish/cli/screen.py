"""Messages for people, on stderr. Colours and live views only if that is a terminal."""

from __future__ import annotations

import io
import logging
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_CONTROLS: Final = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")})


@cache
def console() -> Console:
    """The console for people: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


@cache
def data_console() -> Console:
    """The console for tables: stdout. What its encoding doesn't have becomes a question mark."""
    from rich.console import Console

    stdout: object = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        stdout.reconfigure(errors="replace")  # pyright: ignore[reportUnknownMemberType] - its type argument is unknown
    return Console(highlight=False)


def is_unicode(stream: TextIO | None = None) -> bool:
    """Whether stderr, or another stream, can show more than ASCII: not with code pages of Windows, or LANG=C."""
    return ((stream or sys.stderr).encoding or "ascii").lower().replace("-", "").startswith("utf")


def printable(text: str) -> str:
    """Text without control characters: a page could retitle, recolour or erase the terminal with them."""
    return text.translate(_CONTROLS)


def say(text: str, *, quiet: bool = False) -> None:
    """Print a line for people, unless they want none."""
    if not quiet:
        _write(printable(text))


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
        _write(printable(line) if number else f"{_red('Error:')} {printable(line)}")


def _write(line: str) -> None:
    sys.stderr.write(_encodable(line) + "\n")
    sys.stderr.flush()


def _red(text: str) -> str:
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[31m{text}\x1b[0m" if coloured else text


def _encodable(text: str) -> str:
    encoding = sys.stderr.encoding or "ascii"
    return text.encode(encoding, "replace").decode(encoding)
