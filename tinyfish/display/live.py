"""A run while it lasts: in a notebook's cell, or as lines on standard error."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from tinyfish_generated.models import Run

from tinyfish._core.log import logger
from tinyfish.display.lines import short, span


class LiveView:
    """Shows a run at each change. Whatever goes wrong with that, the run is waited for."""

    def __init__(self) -> None:
        self._cell: Any = None
        self._steps = 0
        self._status: object = None

    def show(self, run: Run) -> None:
        """Show a run as it is now."""
        try:
            if _in_notebook():
                self._show_in_cell(run)
            else:
                self._print(run)
        except Exception as error:  # noqa: BLE001 - a closed terminal, a broken frontend
            logger.debug("A run could not be shown: %r", error)

    def _show_in_cell(self, run: Run) -> None:
        if self._cell is None:
            # IPython is loaded, and no dependency.
            self._cell = import_module("IPython.display").display(run, display_id=True)
        else:
            self._cell.update(run)

    def _print(self, run: Run) -> None:
        lines: list[str] = []
        steps = run.steps or []
        for step in steps[self._steps :]:
            took = f" ({step.duration})" if step.duration else ""
            lines.append(f"  {short(step.action or step.id, 200)[1:-1]}{took}")
        self._steps = max(self._steps, len(steps))
        if run.status != self._status:
            self._status = run.status
            took = f" in {span(run.duration)}" if run.duration is not None else ""
            lines.append(f"{short(run.status)}{took}: {run.run_id}")
        if lines:
            print("\n".join(lines), file=sys.stderr, flush=True)  # noqa: T201


def _in_notebook() -> bool:
    """Whether this is a cell of a notebook, not IPython in a terminal."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None
