"""Runs the command `tinyfish` in a pseudo-terminal or on pipes, as a person or a program would."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyte

COMMAND = [sys.executable, "-m", "tinyfish"]
SECONDS = 50.0


def _take_terminal() -> None:
    """In the new process: Ctrl-C of the terminal becomes a signal, also if it's ignored in a shell's background."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Terminal:
    """A command in a pseudo-terminal.

    Attributes:
        columns: The width.
        rows: The height.
        raw: Everything that was written.
        status: The exit status.
    """

    columns: int
    rows: int
    raw: bytes = b""
    status: int | None = None
    _answers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])

    @property
    def text(self) -> str:
        """What a person reads in the end, with what has scrolled away."""
        screen = pyte.HistoryScreen(self.columns, self.rows, history=10_000)
        pyte.ByteStream(screen).feed(self.raw)
        history = ["".join(line[x].data for x in range(self.columns)) for line in screen.history.top]
        return "\n".join(line.rstrip() for line in [*history, *screen.display]).rstrip()

    def type_when(self, seen: str, keys: str) -> Terminal:
        """Type something as soon as a text was written."""
        self._answers.append((seen.encode(), keys.encode()))
        return self

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Terminal:
        """Run the command to its end."""
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "", **environment},
            preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(terminal)
        silent_until = time.monotonic() + SECONDS
        try:
            while True:
                ready, _, _ = select.select([controller], [], [], 0.2)
                if not ready:
                    if process.poll() is not None:  # a program that it started can still have the terminal
                        break
                    if time.monotonic() > silent_until:
                        raise TimeoutError(f"{arguments} wrote nothing for {SECONDS} s:\n{self.text}")
                    continue
                silent_until = time.monotonic() + SECONDS
                try:
                    data = os.read(controller, 65536)
                except OSError:  # Linux says so when the last process has closed the terminal
                    break
                if not data:
                    break
                self.raw += data
                while self._answers and self._answers[0][0] in self.raw:
                    os.write(controller, self._answers.pop(0)[1])
        finally:
            os.close(controller)
            process.kill() if process.poll() is None and sys.exc_info()[0] else None
            self.status = process.wait(SECONDS)
        return self


def on_pipes(
    arguments: Sequence[str], environment: Mapping[str, str], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command with its input and output on pipes."""
    return subprocess.run(
        [*COMMAND, *arguments], env={**os.environ, **environment}, input=text, capture_output=True, text=True,
        timeout=SECONDS, encoding="utf-8",
    )  # fmt: skip
