"""Runs sides and servers in their own processes, and ends all of them."""

from __future__ import annotations

import ast
import compileall
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi

from benchmarks import environment
from benchmarks.cases.model import Side

ROOT = Path(__file__).resolve().parent.parent

# A side that takes longer hangs: the slowest takes about 20 s, and 50 times as long under valgrind.
MOST_SECONDS = 120
MOST_SECONDS_COUNTED = 900


class SideError(Exception):
    """A side raised, crashed or hung; the message is one line without a traceback."""


@dataclass(frozen=True)
class Servers:
    """The running servers: their URLs, their processes, and the certificates for clients to verify them."""

    urls: Mapping[str, str]
    processes: Mapping[str, int]
    certificates: str

    def environment(self) -> dict[str, str]:
        """The environment of a side: this process's, without variables that would make runs differ."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.lower().endswith("_proxy") and not name.startswith("PYTHON")
        }
        return kept | {
            "SSL_CERT_FILE": self.certificates,
            "PYTHONHASHSEED": "0",
            "BENCHMARK_SPAWNED_NS": str(time.monotonic_ns()),
        }

    def seconds(self) -> float:
        """The CPU time that the servers have used."""
        ticks = 0
        for process in self.processes.values():
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def servers() -> Generator[Servers]:
    """Start the servers with a new certificate, and stop them at the end."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key, certificate = _certificate(folder)
        # With the common authorities, because loading them is most of the cost of a TLS context.
        authorities = folder / "authorities.pem"
        authorities.write_text(Path(certifi.where()).read_text() + certificate.read_text())
        urls: dict[str, str] = {}
        processes: dict[str, int] = {}
        for module in ("benchmarks.server", "benchmarks.h2_server"):
            found, processes[module] = stack.enter_context(_server(module, str(key), str(certificate)))
            urls |= found
        # So that no side spends its time compiling changed modules.
        for package in ("tinyfish", "generated", "benchmarks"):
            compileall.compile_dir(ROOT / package, quiet=2)
        yield Servers(urls, processes, str(authorities))


@contextlib.contextmanager
def _server(module: str, *arguments: str) -> Generator[tuple[dict[str, str], int]]:
    """Run a server. It prints its URL first, and ends when its input does, even if this process is killed."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C goes only to this process, which then closes the input
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        deadline = threading.Timer(30, process.kill)
        deadline.start()
        try:
            said = process.stdout.readline()
            if not said:
                raise RuntimeError(f"{module} didn't start")
            deadline.cancel()
            yield json.loads(said), process.pid
        finally:
            deadline.cancel()
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Create a key and a certificate for 127.0.0.1."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 {subject}".split()
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return key, certificate


def run(side: Side, on: Servers, *, sampled: bool = False) -> dict[str, Any]:
    """Run a side once, and return what it measured.

    Args:
        side: The side.
        on: The servers.
        sampled: Whether to sample where its time goes, too.

    Raises:
        SideError: It raised, crashed or hung.
    """
    before = on.seconds()
    done = _ended(_command(side, on, sampled), side, on, MOST_SECONDS)
    measured: dict[str, Any] = ast.literal_eval(done.stdout.splitlines()[-1])
    if measured.get("lost"):
        print(f"  {side.label}: {done.stderr.strip()}")
    if "wall" in measured:
        measured["server_busy"] = (on.seconds() - before) / measured["wall"]
    return measured


def count_instructions(side: Side, on: Servers) -> int:
    """Run a side under valgrind, and return how many instructions its process executed.

    Raises:
        SideError: It raised, crashed or hung.
    """
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    done = _ended([*command, *_command(side, on)], side, on, MOST_SECONDS_COUNTED)
    counted = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if counted is None:
        raise SideError(f"{side.label}: valgrind reported no instruction count")
    return int(counted[1].replace(",", ""))


def _ended(command: list[str], side: Side, on: Servers, most: float) -> subprocess.CompletedProcess[str]:
    """Run a process to its end; kill it if it takes too long, or if this process is interrupted."""
    try:
        done = subprocess.run(
            command, env=on.environment(), capture_output=True, text=True, check=False, timeout=most
        )
    except subprocess.TimeoutExpired:
        raise SideError(f"{side.label}: not finished after {most:g} s") from None
    if done.returncode != 0 or not done.stdout:
        print(done.stderr, file=sys.stderr)
        raise SideError(f"{side.label}: {side.function} failed")
    return done


def _command(side: Side, on: Servers, sampled: bool = False) -> list[str]:
    task = {
        "function": side.function,
        "arguments": {name: _filled(value, on.urls) for name, value in side.arguments.items()},
        "hidden": environment.hidden_modules(side.sees),
        "root": str(ROOT),
        "sampled": sampled,
    }
    return [sys.executable, str(ROOT / "benchmarks" / "side.py"), repr(task)]


def _filled(value: Any, urls: Mapping[str, str]) -> Any:
    return value.format(**urls) if isinstance(value, str) else value
