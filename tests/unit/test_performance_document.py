"""benchmarks/README.md and docs/performance.md have the measured figures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_document_and_its_plots_are_made_of_the_committed_figures() -> None:
    command = [sys.executable, "-m", "benchmarks", "report", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
