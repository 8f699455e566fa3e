"""The extras can be installed, each alone and all together, and nothing of them is loaded by `import tinyfish`."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

# What each extra is for.
USED = """
import importlib, json, sys
import tinyfish
tinyfish.TinyFish("key-0123456789").agent
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
for module in ("sandbox", "cli.app", "contrib.mcp", "contrib.dbos", "tools"):
    importlib.import_module(f"tinyfish.{module}")
"""


def pip(python: Path, *arguments: str) -> str:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def packages(report: str) -> dict[str, str]:
    """What pip would install: the import-independent names of packages, and their versions."""
    planned: list[dict[str, Any]] = json.loads(report)["install"]
    return {one["metadata"]["name"].lower(): one["metadata"]["version"] for one in planned}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extras")
    venv.create(folder, with_pip=True)
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def test_each_extra_resolves_alone(python: Path) -> None:
    def planned(extra: str) -> dict[str, str]:
        # The requirements instead of the project, which would be built each time.
        wanted = [*PROJECT["dependencies"], *EXTRAS[extra]]
        return packages(
            pip(python, "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-", *wanted)
        )

    with ThreadPoolExecutor(2) as pool:
        plans = dict(zip(EXTRAS, pool.map(planned, EXTRAS), strict=True))
    for extra, plan in plans.items():
        for requirement in EXTRAS[extra]:
            assert any(requirement.lower().startswith(name) for name in plan), (extra, requirement)


def test_all_extras_together(python: Path) -> None:
    pip(python, "install", "--quiet", "--no-compile", f"{ROOT}[{','.join(EXTRAS)}]")
    assert "No broken requirements" in pip(python, "check")
    command = [str(python), "-I", "-c", USED]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    # Not click and rich: httpx loads them for its own command if they are installed.
    assert loaded.isdisjoint(
        {"aiohttp", "dbos", "libcst", "mcp", "msgspec", "opentelemetry", "pydantic", "selectolax"}
    )
