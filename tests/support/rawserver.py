"""The raw server: responses that are cut, held back or malformed, byte by byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from email.utils import formatdate
from pathlib import Path
from typing import Any

from messages import STREAM_HEADERS, Received, Reply, frame, head, reply
from sockets import SocketServer, read_request, reset, wait_for_more


class Act:
    """What a server does beside sending bytes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


CLOSE = Act("close the connection")
RESET = Act("reset the connection")
HOLD = Act("keep still until the client has gone, or the test is over")

# Bytes are sent as they are; an event is waited for before the answer goes on.
Step = bytes | Reply | Act | threading.Event
Answer = Reply | Iterable[Step]


def open_stream(*parts: Step | dict[str, Any]) -> list[Step]:
    """The beginning of an event stream; a dict is sent as one event. What comes then is up to the caller."""
    steps: list[Step] = [head(200, STREAM_HEADERS | {"Date": formatdate(usegmt=True)})]
    return steps + [frame(part) if isinstance(part, dict) else part for part in parts]


class RawServer(SocketServer):
    """Answers each request with the next answer of its script, or as its route says.

    A script that has run out answers 599, so that a request too many shows.

    Attributes:
        requests: Every request that was read.
        route: Gives the answer to a request; instead of the script.
        left: Set when a client closed its connection while an answer was held.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(certificate)
        self.requests: list[Received] = []
        self.route: Callable[[Received], Answer] | None = None
        self.left = threading.Event()
        self._script: list[Answer] = []
        self._changed = threading.Condition()

    def script(self, *answers: Answer) -> None:
        """Answer the next requests so, one by one."""
        self._script += answers

    def wait_for(self, count: int) -> None:
        """Return when so many requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, timeout=20)

    def serve(self, connection: socket.socket, number: int) -> None:
        try:
            with self.encrypted(connection) as wire:
                while (request := read_request(wire, number)) is not None:
                    if not self._carry_out(self._answer_to(request), wire):
                        return
        except OSError:
            self.left.set()

    def _answer_to(self, request: Received) -> Answer:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if self.route is not None:
                return self.route(request)
            return (
                self._script.pop(0) if self._script else reply(599, "the test's script is over", "text/plain")
            )

    def _carry_out(self, answer: Answer, connection: socket.socket) -> bool:
        """Do what an answer says; False if the connection is not to be used again."""
        for step in [answer] if isinstance(answer, Reply) else answer:
            if isinstance(step, bytes | Reply):
                connection.sendall(bytes(step))
                if isinstance(step, Reply) and step.is_stream:
                    return False
            elif isinstance(step, threading.Event):
                while not (step.wait(0.01) or self._over.is_set()):
                    pass
            else:
                if step is HOLD:
                    wait_for_more(connection)
                    if not self._over.is_set():
                        self.left.set()
                elif step is RESET:
                    reset(connection)
                return False
        return True
