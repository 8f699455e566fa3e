"""The API's runs on real sockets, with every failure on demand, and a record of what was started.

The server records what no client can see: which runs exist, who started them, and with which request. Tests and the
chaos program compare their clients' results with it.

A `Fault` defines what goes wrong with one request; `script` queues faults for an operation, `choose` selects one for
each request. With a fake clock, a server that "holds" a response advances the time immediately.
"""

from __future__ import annotations

import json
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from faults import (
    GOOD,
    Fault,
    Json,
    Then,
    cut,
    envelope,
    garbage,
    http,
    page,
    run_in_500,
    stall,
    with_headers,
)
from messages import STREAM_HEADERS, frame, head
from run_store import RunStore, StoredRun, stamp
from sockets import SocketServer, read_request, reset, wait_for_more

__all__ = [  # all that a test needs
    "GOOD",
    "Fault",
    "FaultServer",
    "Request",
    "StoredRun",
    "Then",
    "cut",
    "envelope",
    "garbage",
    "http",
    "page",
    "run_in_500",
    "stall",
]


@dataclass(frozen=True)
class Request:
    """One request, as it came in."""

    operation: str
    path: str
    query: dict[str, str]
    body: Json
    headers: dict[str, str]
    at: float

    @property
    def is_start(self) -> bool:
        """Whether it starts something."""
        return self.operation in (*STARTS.values(), "session")

    @property
    def items(self) -> list[Json]:
        """The runs that it asks for."""
        runs: list[Json] = self.body.get("runs") or [self.body]
        return runs


STARTS = {
    "/v1/automation/run": "run",
    "/v1/automation/run-async": "queue",
    "/v1/automation/run-sse": "stream",
    "/v1/automation/run-batch": "batch",
}


@dataclass
class FaultServer(RunStore, SocketServer):
    """See the module.

    Attributes:
        requests: Every request that was read.
        choose: Decides what goes wrong with a request, where no script does.
        unread: How many of the next connections are reset when a request has come, before it is read.
        on_create: Called with the runs that a request has created.
        before_answer: Called with the connection before a request is answered, or its answer held. By a fake clock,
            time must not move on before the client waits for the answer.
        before_hold: Called before an answer is held.
    """

    requests: list[Request] = field(default_factory=list[Request])
    choose: Callable[[Request], Fault] | None = None
    unread: int = 0
    before_answer: Callable[[socket.socket], object] = lambda _: None
    before_hold: Callable[[], object] = lambda: None
    on_create: Callable[[list[StoredRun]], object] = lambda _: None

    def __post_init__(self) -> None:
        super().__post_init__()
        SocketServer.__init__(self)
        self._scripts: dict[str, deque[Fault]] = {}

    # What tests say and ask

    def script(self, operation: str, *faults: Fault) -> None:
        """What goes wrong with the next requests of an operation: run, queue, stream, batch, list, get, ..."""
        self._scripts.setdefault(operation, deque()).extend(faults)

    def asked(self, operation: str) -> list[Request]:
        """The requests of an operation that came."""
        with self._lock:
            return [request for request in self.requests if request.operation == operation]

    # What subclasses add

    def operation_of(self, method: str, path: str) -> str:
        """What a request asks for."""
        return operation_of(method, path)

    def make(self, request: Request, fault: Fault) -> Json | None:
        """The answer to a request that this class doesn't know, which takes effect; None for a 404."""
        return None

    def events_of(
        self, request: Request, created: list[StoredRun], made: Json | None, fault: Fault
    ) -> list[Callable[[], bytes]] | None:
        """What makes each event of the answer, when its turn comes; None if it isn't a stream."""
        if request.operation != "stream":
            return None
        return _events(self, created[0], fault.without_result) if created else []

    # The server

    def serve(self, connection: socket.socket, number: int) -> None:
        """See SocketServer."""
        if self.unread:
            self.unread -= 1
            wait_for_more(connection)
            reset(connection)
            return
        while not self._over.is_set():
            request = self._read(connection)
            if request is None or not self._answer(connection, request):
                return

    def _read(self, connection: socket.socket) -> Request | None:
        received = read_request(connection)
        if received is None:
            return None
        request = Request(
            operation=self.operation_of(received.method, received.path),
            path=received.path,
            query=received.query,
            body=received.json if received.body else {},
            headers={name.lower(): value for name, value in received.headers},
            at=self.now(),
        )
        with self._lock:
            self.requests.append(request)
        return request

    def _fault(self, request: Request) -> Fault:
        with self._lock:
            script = self._scripts.get(request.operation)
            if script:
                return script.popleft()
        return self.choose(request) if self.choose is not None else GOOD

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        """Answer a request; False if the connection is not to be used again."""
        self.before_answer(connection)
        fault = self._fault(request)
        created: list[StoredRun] = []
        if request.operation in STARTS.values() and fault.create:
            created = [
                self.add_run(
                    item["goal"],
                    url=item["url"],
                    starter=request.operation,
                    listed_after=fault.listed_after,
                    clock_error=fault.clock_error,
                )
                for item in request.items
            ]
            self.on_create(created)
        made = self.make(request, fault)
        if fault.hold:
            self.before_hold()
            self._pass(fault.hold)
        events = self.events_of(request, created, made, fault)
        if events is not None and fault.answer is None and fault.cut is None:
            self._stream(connection, events, fault)
        else:
            if made is None:
                answer = self._right_answer(request, created, fault)
            else:
                answer = http(200, json.dumps(made).encode(), **self._date(fault))
            if fault.answer is not None:
                answer = fault.answer([self.document(run) for run in created])
            connection.sendall(with_headers(answer, fault.headers)[: fault.cut])
        return self._finish(connection, fault.then)

    def _finish(self, connection: socket.socket, then: Then) -> bool:
        if then is Then.RESET:
            reset(connection)
        if then is Then.STALL:
            wait_for_more(connection)
        return then is Then.KEEP

    def _pass(self, seconds: float) -> None:
        if seconds > 0:
            self.clock.sleep(seconds, self._over)

    def _wait_for_end(self, run: StoredRun) -> None:
        while not self._over.is_set() and run.cancelled is None and self.now() < run.ends:
            self._pass(min(0.5, run.ends - self.now()))

    def _stream(self, connection: socket.socket, events: list[Callable[[], bytes]], fault: Fault) -> None:
        headers = STREAM_HEADERS | {"Transfer-Encoding": "chunked", **self._date(fault)}
        connection.sendall(with_headers(head(200, headers), fault.headers))
        for make in events[: fault.events]:
            connection.sendall(_chunk(make()))
        if fault.tail:
            connection.sendall(_chunk(fault.tail))
        if fault.then is Then.KEEP:
            connection.sendall(b"0\r\n\r\n")

    # What the API does

    def _right_answer(self, request: Request, created: list[StoredRun], fault: Fault) -> bytes:
        answer: Json | list[Json] | None
        match request.operation:
            case "run":
                if created and fault.cut != 0 and fault.answer is None:
                    self._wait_for_end(created[0])
                answer = self.document(created[0]) if created else None
            case "queue":
                answer = {"run_id": created[0].run_id, "error": None} if created else None
            case "batch":
                answer = {"run_ids": [run.run_id for run in created], "error": None}
            case "list":
                answer = self.list_runs(request.query)
            case "get":
                run = self.find(request.path.split("/")[3])
                answer = None if run is None else self.document(run)
            case "cancel":
                run = self.find(request.path.split("/")[3])
                answer = None if run is None else self.cancel(run, effective=fault.create)
            case "get_many" | "cancel_many":
                ids = request.body["run_ids"]
                found = [run for run in map(self.find, ids) if run is not None]
                known = {run.run_id for run in found}
                missing = [run_id for run_id in ids if run_id not in known] or None
                if request.operation == "get_many":
                    answer = {"data": [self.document(run) for run in found], "not_found": missing}
                else:
                    results = [self.cancel(run, effective=fault.create) for run in found]
                    answer = {"results": results, "not_found": missing}
            case "session":
                session = self.add_session(
                    request.body.get("url"), exists=fault.create, clock_error=fault.clock_error
                )
                return http(201, json.dumps(session).encode(), **self._date(fault))
            case "usage":
                answer = self.usage(request.query)
            case _:
                answer = None
        if answer is None:
            body = {"error": {"code": "NOT_FOUND", "message": "No such thing"}}
            return http(404, json.dumps(body).encode(), **self._date(fault))
        return http(200, json.dumps(answer).encode(), **self._date(fault))

    def _date(self, fault: Fault) -> dict[str, str]:
        return {"Date": formatdate(self.now() + fault.clock_error, usegmt=True)}


def _events(server: FaultServer, run: StoredRun, without_result: bool) -> list[Callable[[], bytes]]:
    """What makes each event of a run's stream, when its turn comes."""

    def event(kind: str, **more: Any) -> bytes:
        return frame({"type": kind, "run_id": run.run_id, "timestamp": stamp(server.now()), **more})

    def complete() -> bytes:
        server._wait_for_end(run)
        document = server.document(run)
        result = {} if without_result else {"result": document["result"]}
        error = None if without_result else document["error"]
        return event("COMPLETE", status=document["status"], error=error, **result)

    return [
        lambda: event("STARTED"),
        lambda: event("STREAMING_URL", streaming_url=f"https://live.example/{run.run_id}"),
        lambda: event("PROGRESS", purpose="Look around"),
        lambda: frame({"type": "HEARTBEAT", "timestamp": stamp(server.now())}),
        complete,
    ]


def operation_of(method: str, path: str) -> str:
    if path in STARTS:
        return STARTS[path]
    known = {
        ("GET", "/v1/runs"): "list",
        ("POST", "/v1/runs/batch"): "get_many",
        ("POST", "/v1/runs/batch/cancel"): "cancel_many",
        ("POST", "/v1/browser"): "session",
        ("GET", "/v1/browser/usage"): "usage",
    }
    if (method, path) in known:
        return known[method, path]
    if path.startswith("/v1/runs/"):
        return "cancel" if path.endswith("/cancel") else "get"
    return "unknown"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
