"""A throw-away PostgreSQL on a Unix socket, for one test session."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path:
    """The folder of PostgreSQL's programs; Debian doesn't put it into PATH."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found is None:
        raise FileNotFoundError("PostgreSQL isn't installed: apt-get install postgresql")
    return Path(found).resolve().parent


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server that listens on a Unix socket only; gives the URL of an empty database."""
    owner = (
        "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    )  # it refuses to run as root
    bin = programs()
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:  # a socket's path is short
        if os.geteuid() == 0:
            shutil.chown(folder, owner)
        data = f"{folder}/data"

        def call(*command: str | Path) -> None:
            subprocess.run(
                command,
                user=owner if os.geteuid() == 0 else None,
                check=True,
                capture_output=True,
                cwd=folder,
                timeout=60,
            )

        call(
            bin / "initdb",
            "-D",
            data,
            "-U",
            "tinyfish",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        )
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
        )
        call(bin / "pg_ctl", "-D", data, "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"postgresql://tinyfish@/postgres?host={folder}"
        finally:
            call(bin / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


if __name__ == "__main__":  # for the Makefile: is it installed?
    programs()
