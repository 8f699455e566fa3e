"""The command `tinyfish` on pipes and in terminals of two sizes, at the same time."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from terminal import Terminal, on_pipes

ESCAPES = re.compile("\x1b")
SIZES = [(80, 24), (200, 50)]


class Everywhere:
    """One command, run on pipes and in both terminals at the same time."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        with ThreadPoolExecutor(3) as pool:
            piped = pool.submit(on_pipes, arguments, environment)
            shown = [pool.submit(Terminal(*size).run, arguments, environment) for size in SIZES]
            self.pipe: subprocess.CompletedProcess[str] = piped.result()
            self.terminals: list[Terminal] = [future.result() for future in shown]
        assert not ESCAPES.search(self.pipe.stdout + self.pipe.stderr), "colours on a pipe"
        for terminal in self.terminals:
            assert "Traceback" not in terminal.text
        assert "Traceback" not in self.pipe.stderr

    def statuses(self) -> set[int | None]:
        return {self.pipe.returncode, *(terminal.status for terminal in self.terminals)}

    @property
    def json(self) -> Any:
        return json.loads(self.pipe.stdout)
