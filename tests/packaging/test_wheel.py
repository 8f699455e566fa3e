"""From the sources to a user's empty environment: sdist, wheel, pip install, and a first call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tinyfish import __version__
from tinyfish.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PACKAGES = {"tinyfish", "tinyfish_generated", "pytest_tinyfish"}

# What is installed besides the tools of every new environment: what tinyfish asks for, and what that asks for.
CLOSURE = """
import importlib.metadata as metadata, json
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name

def needs(name):
    wanted = map(Requirement, metadata.requires(name) or ())
    return {canonicalize_name(r.name) for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})}

allowed, queue = {"pip", "setuptools"}, ["tinyfish"]
while queue:
    name = queue.pop()
    if name not in allowed:
        allowed.add(name)
        queue += needs(name)
installed = {canonicalize_name(d.metadata["Name"]) for d in metadata.distributions()}
print(json.dumps({"direct": sorted(needs("tinyfish")), "unexpected": sorted(installed - allowed)}))
"""

FIRST_CALL = """
import tinyfish, tinyfish_generated
from importlib.metadata import version
from importlib.resources import files

assert tinyfish.__version__ == version("tinyfish")
assert files(tinyfish).joinpath("py.typed").is_file()
assert files(tinyfish_generated).joinpath("py.typed").is_file()
assert files(tinyfish_generated).joinpath("openapi.json").is_file()
with tinyfish.TinyFish() as client:
    print(client.runs.list().pagination.has_more, tinyfish.__version__, tinyfish.__file__)
try:
    import tinyfish.sandbox
except ModuleNotFoundError as error:
    assert 'pip install "tinyfish[sandbox]"' in str(error), error
else:
    raise AssertionError("the sandbox came without its extra")
"""


TRACING = """
import importlib.util, sys, tinyfish
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
from tinyfish.contrib.otel import OpenTelemetry
assert importlib.util.find_spec("opentelemetry.sdk") is None
tinyfish.TinyFish(api_key="k", on_event=OpenTelemetry()).close()
"""


def run(*command: str | Path, **environment: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env={**inherited, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check_sdist(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"openapi.yaml", "README.md", "LICENSE", "pyproject.toml", "tinyfish/__init__.py"} <= names
    assert not [name for name in names if name.startswith(("tests", "templates", "node_modules", ".venv"))]


def check_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(f"tinyfish-{__version__}.dist-info/METADATA").decode()
    assert {name.split("/")[0] for name in names} == {*PACKAGES, f"tinyfish-{__version__}.dist-info"}
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert "tinyfish_generated/openapi.json" in names
    assert not [name for name in names if "generated" in name.split("/") or "__pycache__" in name]
    assert f"\nVersion: {__version__}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert "\nLicense-File: LICENSE\n" in metadata


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_sources_to_first_call(tmp_path: Path) -> None:
    run(
        sys.executable, "-m", "build", "--outdir", tmp_path / "dist", ROOT
    )  # the wheel is built from the sdist
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    check_sdist(sdist)
    check_wheel(wheel)

    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel)
    run(python, "-m", "pip", "check")
    installed = json.loads(run(python, "-I", "-c", CLOSURE))
    assert installed == {
        "direct": ["attrs", "httpcore", "httpx", "python-dateutil", "sniffio"],
        "unexpected": [],
    }

    with Sandbox(chromium=False) as sandbox:
        printed = run(
            python,
            "-I",
            "-W",
            "error",
            "-c",
            FIRST_CALL,
            TINYFISH_API_KEY=sandbox.api_key,
            TINYFISH_BASE_URL=sandbox.url,
        )
    has_more, version, file = printed.split()
    assert (has_more, version) == ("False", __version__)
    assert Path(file).is_relative_to(tmp_path / "venv")

    # A small extra comes alone, and fits.
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[otel]")
    run(python, "-m", "pip", "check")
    run(python, "-I", "-W", "error", "-c", TRACING)
