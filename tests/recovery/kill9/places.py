"""Where a program dies: it watches its own sockets, its ledger and its clock, and kills itself at the planned place."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from . import watching
from .plans import BY_SERVER, Death, FullDisk

# Python ignores the signal that comes with it, so a write beyond it is an error.
_NO_LIMIT: Final = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
_FULL: Final = (4096, resource.RLIM_INFINITY)


class Notes:
    """What a program writes down: a line for each thing that its user would know. A killed one keeps what it wrote."""

    def __init__(self, path: Path, life: int) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._life = life

    def add(self, what: str, **more: object) -> None:
        """Write a line."""
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, _NO_LIMIT)  # a full disk is not for them
        os.write(self._file, json.dumps({"what": what, "life": self._life, **more}).encode() + b"\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


class Reaper:
    """Kills this program at a place."""

    def __init__(self, death: Death | None, full_disk: FullDisk | None, notes: Notes) -> None:
        self._death = death if death is not None and death.place not in BY_SERVER else None
        self._full_disk = full_disk
        self._pauses_left: int | None = None
        self._notes = notes
        self._counts: Counter[str] = Counter()
        self._sent: dict[int, str] = {}
        """What the last request on a socket is."""
        self._body_left: dict[int, int] = {}

    def comes_to(self, place: str) -> None:
        """Note that the program comes to a place; die if it's the one."""
        self._counts[place] += 1
        if self._is_next(place):
            self.die(place)
        full = self._full_disk
        if full is not None and full.place == place and full.nth == self._counts[place]:
            self._fill_the_disk(full)
        elif place == "pause" and self._pauses_left is not None:
            self._pauses_left -= 1
            if self._pauses_left <= 0:
                self.free_the_disk()

    def free_the_disk(self) -> None:
        """There is space again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, _NO_LIMIT)

    def _fill_the_disk(self, full: FullDisk) -> None:
        """From now on no file grows."""
        self._notes.add("full disk", place=full.place)
        self._pauses_left = full.pauses
        resource.setrlimit(resource.RLIMIT_FSIZE, _FULL)

    def _is_next(self, place: str) -> bool:
        death = self._death
        return death is not None and death.place == place and self._counts[place] == death.nth

    def die(self, place: str) -> None:
        """Kill this program."""
        self._notes.add("died", place=place)
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    # Sockets

    def send(self, connection: socket.socket, data: Any, how: Any, flags: tuple[int, ...]) -> Any:
        """Send some bytes, as far as it comes."""
        given = bytes(data)
        operation = _operation(given)
        number = connection.fileno()
        if operation is not None:
            self._sent[number] = operation
            head, _, body = given.partition(b"\r\n\r\n")
            self._body_left[number] = _length(head) - len(body)
            if operation == "start":
                self._begin(connection, len(head) + 4, given)
            elif operation in ("poll", "search"):
                self.comes_to(f"{operation} sent")
        elif self._body_left.get(number, 0) > 0:
            if self._is_next("start: half of the body sent") and self._sent[number] == "start":
                watching.sendall(connection, given[: len(given) // 2])
                self.die("start: half of the body sent")
            self._body_left[number] -= len(given)
        done = how(connection, data, *flags)
        if self._sent.get(number) == "start" and self._body_left.get(number) == 0:
            self._body_left[number] = -1
            self.comes_to("start: all sent")
        return done

    def _begin(self, connection: socket.socket, head: int, given: bytes) -> None:
        self.comes_to("before the first byte of a start")
        self._counts["start: headers sent"] += 1
        self._counts["start: half of the body sent"] += 1
        if self._is_next("start: headers sent"):
            watching.sendall(connection, given[:head])
            self.die("start: headers sent")
        if self._is_next("start: half of the body sent") and len(given) > head:
            watching.sendall(connection, given[: (head + len(given)) // 2])
            self.die("start: half of the body sent")

    def received(self, connection: socket.socket, data: bytes) -> None:
        """Take in that bytes have come."""
        operation = self._sent.get(connection.fileno())
        if operation == "start" and b"run_id" in data:
            self.comes_to("start: answer arrived")
        elif operation in ("poll", "search"):
            self.comes_to(f"{operation} answered")
        else:
            return
        del self._sent[connection.fileno()]

    # The ledger

    def connected(self, *args: Any, **options: Any) -> sqlite3.Connection:
        """Open a database whose statements are watched."""
        connection = watching.connect(*args, **options, factory=_Watched)
        assert isinstance(connection, _Watched)
        connection.reaper = self
        return connection


class _Watched(sqlite3.Connection):
    """A connection to a ledger."""

    reaper: Reaper
    _wrote: tuple[str, ...] = ()

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            for what in self._wrote:
                self.reaper.comes_to(_BEFORE[what])
            done = super().execute(sql, *given)
            for what in self._wrote:
                self.reaper.comes_to(_AFTER[what])
            self._wrote = ()
            return done
        self._note(sql)
        return super().execute(sql, *given)

    def executemany(self, sql: str, *given: Any) -> sqlite3.Cursor:
        self._note(sql)
        return super().executemany(sql, *given)

    def _note(self, sql: str) -> None:
        if sql.strip().startswith(("PRAGMA user", "PRAGMA app", "PRAGMA jour", "CREATE")):
            self.reaper.comes_to("ledger being opened")
        for beginning, what in _WRITES.items():
            if sql.startswith(beginning) and what not in self._wrote:
                self._wrote += (what,)


_WRITES = {
    "CREATE": "schema",
    "INSERT INTO starts": "intent",
    "UPDATE starts SET holder = ?": "intent",
    "UPDATE starts SET run_id": "run",
    "UPDATE starts SET status": "end",
}
"""What a statement of a ledger writes."""
_BEFORE = {
    "schema": "ledger being opened",
    "intent": "before the intent's commit",
    "run": "before the commit of a run's id",
    "end": "before the commit of an end",
}
_AFTER = {
    "schema": "ledger being opened",
    "intent": "intent committed",
    "run": "run's id committed",
    "end": "end committed",
}


def _operation(data: bytes) -> str | None:
    """What a request is that begins here; None if none begins."""
    if data.startswith((b"POST /v1/automation/",)):
        return "start"
    if data.startswith(b"GET /v1/runs?"):
        return "search"
    if data.startswith((b"GET /v1/runs/", b"POST /v1/runs/batch ")):
        return "poll"
    return "other" if data.startswith((b"POST ", b"GET ")) else None


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
