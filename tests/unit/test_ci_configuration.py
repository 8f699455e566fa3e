"""The configuration of CI and editors matches pyproject.toml and the Makefile."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_ci_runs_every_python_that_the_package_says_it_supports() -> None:
    prefix = "Programming Language :: Python :: "
    classifiers = PYPROJECT["project"]["classifiers"]
    supported = [c.removeprefix(prefix) for c in classifiers if re.match(rf"{prefix}\d+\.\d+$", c)]
    jobs = read(".github/workflows/ci.yml")["jobs"]
    assert jobs["linux"]["strategy"]["matrix"]["python"] == supported
    assert PYPROJECT["project"]["requires-python"] == f">={supported[0]}"
    newest = {
        step["with"]["python-version"] for name in ("macos", "windows") for step in jobs[name]["steps"][1:2]
    }
    assert newest == {supported[-1]}


def test_hooks_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    hooks = [hook for repo in read(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert hooks
    for hook in hooks:
        assert hook["entry"] == f"make {hook['id']}"
        assert f"\n{hook['id']}:" in makefile


def test_editors_wrap_code_where_ruff_does() -> None:
    editorconfig = (ROOT / ".editorconfig").read_text(encoding="utf-8")
    code, prose = re.findall(r"max_line_length = (\d+)", editorconfig)
    assert int(code) == PYPROJECT["tool"]["ruff"]["line-length"]
    assert int(prose) == PYPROJECT["tool"]["ruff"]["lint"]["pycodestyle"]["max-line-length"]
