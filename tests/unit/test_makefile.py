"""The Makefile: each chosen Python has its own environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Say what make would do. PYTHON and what an outer make hands down are not inherited."""
    hidden = ("PYTHON", "VENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    command = ["make", "--dry-run", "--always-make", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**inherited, **environment}, capture_output=True, text=True, check=False
    )


def test_the_default_python_has_the_environment_that_editors_know() -> None:
    said = make("lint").stdout
    assert ".venv/bin/ruff check ." in said
    assert "python3 -m venv .venv\n" in said


@pytest.mark.parametrize("where", ["command line", "environment"])
def test_a_python_that_is_named_has_one_of_its_own(where: str) -> None:
    named = {"PYTHON": sys.executable}
    done = make("lint", **named) if where == "environment" else make("lint", f"PYTHON={sys.executable}")
    own = ".venv-{}.{}".format(*sys.version_info)
    assert f"{own}/bin/ruff check ." in done.stdout
    assert f"{sys.executable} -m venv {own}\n" in done.stdout
    assert not re.search(r"(^|\s)\.venv[/\s]", done.stdout)


def test_pyright_looks_where_the_other_tools_are() -> None:
    own = ".venv-{}.{}".format(*sys.version_info)
    assert f"pyright --pythonpath {own}/bin/python" in make("types", f"PYTHON={sys.executable}").stdout


def test_what_is_no_python_is_refused() -> None:
    done = make("lint", "PYTHON=no-such-python")
    assert done.returncode != 0
    assert "no-such-python is not a Python" in done.stderr
