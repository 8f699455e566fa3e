"""Which packages each side sees, and what is reported about the machine."""

from __future__ import annotations

import functools
import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

_VERSIONS = (
    "tinyfish",
    "httpx",
    "httpcore",
    "h11",
    "anyio",
    "sniffio",
    "attrs",
    "msgspec",
    "h2",
    "httpx2",
    "httpx-aiohttp",
    "granian",
)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _with_requirements(roots: frozenset[str]) -> set[str]:
    """The distributions that pip would install for `roots`, which can have extras, such as `tinyfish[speed]`."""
    found: set[str] = set()
    waiting = [Requirement(root) for root in roots]
    while waiting:
        wanted = waiting.pop()
        name = _normal(wanted.name)
        if name in found and not wanted.extras:
            continue
        found.add(name)
        for line in metadata.requires(wanted.name) or []:
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in wanted.extras or {""}):
                waiting.append(requirement)
    return found


@functools.cache
def hidden_modules(roots: frozenset[str]) -> list[str]:
    """The importable names that a virtualenv with only the roots wouldn't have.

    The development environment has more packages than a user's, and that makes a difference: httpx imports trio if it's
    installed, and httpcore is faster if sniffio is installed.
    """
    seen = _with_requirements(roots)
    return sorted(
        module
        for module, distributions in metadata.packages_distributions().items()
        if not seen.intersection(map(_normal, distributions))
    )


def machine() -> dict[str, Any]:
    """What the figures depend on, without the machine's name."""
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    changed = _output("git", "status", "--porcelain", "--", "tinyfish", "generated")
    return {
        "processor": cpu[1] if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {name: metadata.version(name) for name in _VERSIONS},
        "commit": _output("git", "rev-parse", "--short", "HEAD") + (" with changes" if changed else ""),
    }


def valgrind() -> str | None:
    """The path of valgrind; None if it isn't installed."""
    return shutil.which("valgrind")


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
