"""Runs sides in processes of their own, against a server in a process of its own."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi

from benchmarks import environment

ROOT = Path(__file__).resolve().parent.parent
SIDES = ROOT / "benchmarks" / "sides"


@dataclass(frozen=True)
class Side:
    """One of the things that a case compares.

    Attributes:
        label: What the table calls it.
        function: `module:function` in `benchmarks/sides`.
        arguments: Its arguments; `{http}` and `{https}` in a text stand for the server's URLs.
        sees: The distributions that it has installed; all others are hidden from it.
    """

    label: str
    function: str
    arguments: Mapping[str, Any]
    sees: frozenset[str]


@dataclass(frozen=True)
class Server:
    """The running server: its URLs by their scheme, and the certificates by which clients know it."""

    urls: Mapping[str, str]
    certificates: str

    def environment(self) -> dict[str, str]:
        """The environment of a side: this one's, without what would make runs differ."""
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return kept | {
            "SSL_CERT_FILE": self.certificates,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(ROOT),
            "BENCHMARK_SPAWNED_NS": str(time.monotonic_ns()),
        }


@contextlib.contextmanager
def server() -> Generator[Server]:
    """Start the server, with a certificate made for it, and stop it at the end."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = _certificate(Path(folder))
        # The common authorities come too: to load them is what a TLS context costs.
        authorities = Path(folder) / "authorities.pem"
        authorities.write_text(Path(certifi.where()).read_text() + certificate.read_text())
        command = [sys.executable, "-m", "benchmarks.server", str(certificate)]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                yield Server(json.loads(process.stdout.readline()), str(authorities))
            finally:
                process.stdin.close()  # which is its sign to end


def _certificate(folder: Path) -> Path:
    """A key and a certificate of 127.0.0.1 in one file."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 {subject}".split()
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(key.read_text() + certificate.read_text())
    return both


def run(side: Side, on: Server) -> dict[str, Any]:
    """Run a side once, and return what it measured."""
    done = subprocess.run(
        _command(side, on), env=on.environment(), capture_output=True, text=True, check=False, timeout=900
    )
    if done.returncode != 0:
        raise RuntimeError(f"{side.label} ({side.function}) failed:\n{done.stderr}")
    measured: dict[str, Any] = ast.literal_eval(done.stdout.splitlines()[-1])
    return measured


def count_instructions(side: Side, on: Server) -> int:
    """Run a side under valgrind, and return how many instructions its process executed."""
    with tempfile.NamedTemporaryFile(suffix=".callgrind") as file:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file.name}", *_command(side, on)]
        done = subprocess.run(
            command, env=on.environment(), capture_output=True, text=True, check=False, timeout=900
        )
        collected = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode != 0 or collected is None:
            raise RuntimeError(f"{side.label} ({side.function}) failed under valgrind:\n{done.stderr}")
        return int(collected[1])


def _command(side: Side, on: Server) -> list[str]:
    task = {
        "function": side.function,
        "arguments": {name: _filled(value, on.urls) for name, value in side.arguments.items()},
        "hidden": environment.hidden_modules(side.sees),
        "sides": str(SIDES),
    }
    return [sys.executable, str(ROOT / "benchmarks" / "side.py"), repr(task)]


def _filled(value: Any, urls: Mapping[str, str]) -> Any:
    return value.format(**urls) if isinstance(value, str) else value
