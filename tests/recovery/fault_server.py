"""The API's runs on real sockets, with every failure on demand, and the truth of what was started.

The server keeps what no client can see: which runs exist, who started them and with which request. Tests
and the chaos program compare what their clients say with it.

A `Fault` says what goes wrong with one request; `script` lines them up per operation, `choose` decides for
each request. Time is the clock's: by a fake clock, a server that "holds" an answer moves the time on at once.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import select
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tinyfish._core.clock import SYSTEM_CLOCK, Clock

Json = dict[str, Any]

_numbers = itertools.count()  # no two servers of a process give the same id


class Then(Enum):
    """What follows the bytes of an answer."""

    KEEP = auto()
    """The connection is used on; a stream is ended properly."""
    CLOSE = auto()
    """The connection is closed, where it should have gone on."""
    RESET = auto()
    """The connection is reset."""
    STALL = auto()
    """Nothing, until the client goes away."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. Without arguments: nothing.

    Attributes:
        create: Whether the request takes effect.
        hold: Seconds between the request's last byte and the answer's first.
        answer: What is sent instead of the right answer, made of the documents of the runs that were created.
        cut: How many bytes of the answer are sent; all if None, all but some if negative.
        then: What follows.
        listed_after: For how many seconds the created runs are missing from the list.
        events: How many events of a stream are sent; all if None.
        tail: Sent in a stream after those events.
        without_result: A stream's COMPLETE leaves the result out.
    """

    create: bool = True
    hold: float = 0.0
    answer: Callable[[list[Json]], bytes] | None = None
    cut: int | None = None
    then: Then = Then.KEEP
    listed_after: float = 0.0
    events: int | None = None
    tail: bytes = b""
    without_result: bool = False


GOOD = Fault()


def cut(*, create: bool, hold: float = 0.0, then: Then = Then.CLOSE, listed_after: float = 0.0) -> Fault:
    """The whole request is read, and no byte of an answer sent."""
    return Fault(create=create, hold=hold, cut=0, then=then, listed_after=listed_after)


def stall(*, create: bool, hold: float = 0.0) -> Fault:
    """The whole request is read, and nothing happens any more."""
    return Fault(create=create, hold=hold, cut=0, then=Then.STALL)


def page(status: int, *, create: bool) -> Fault:
    """The error page of some proxy."""
    html = f"<html><head><title>{status}</title></head><body><h1>{status} Bad luck</h1></body></html>"
    return Fault(create=create, answer=lambda _: http(status, html.encode(), "text/html"))


def envelope(
    status: int, code: str = "INTERNAL_ERROR", *, create: bool = False, retry_after: str | None = None
) -> Fault:
    """The API's own refusal."""
    body = json.dumps({"error": {"code": code, "message": "No"}}).encode()
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(create=create, answer=lambda _: http(status, body, **headers))


def run_in_500(*, create: bool) -> Fault:
    """A status 500 that carries a run: of one that was created and failed, or of none."""

    def answer(runs: list[Json]) -> bytes:
        run: Json = {"run_id": None, "status": "FAILED", "started_at": None, "finished_at": None}
        run |= {"num_of_steps": 0, "result": None, "error": {"message": "It broke"}}
        if runs:
            run |= {"run_id": runs[0]["run_id"], "started_at": runs[0]["created_at"]}
        return http(500, json.dumps(run).encode())

    return Fault(create=create, answer=answer)


def garbage(*, create: bool, body: bytes = b"<p>Welcome to the hotel's network</p>") -> Fault:
    """A success that cannot be read."""
    return Fault(create=create, answer=lambda _: http(200, body, "text/html"))


@dataclass
class StoredRun:
    """One run, as the server knows it."""

    run_id: str
    goal: str
    url: str
    starter: str
    """The operation that started it; "stranger" if no request did."""
    created: float
    listed: float
    ends: float
    status_at_end: str = "COMPLETED"
    result: Json | None = None
    error: Json | None = None
    cancelled: float | None = None
    steps: int = 3
    unknown_until: float = 0.0
    """Until when the server does not find it by its id."""


@dataclass(frozen=True)
class Request:
    """One request, as it came in."""

    operation: str
    path: str
    query: dict[str, str]
    body: Json
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
class FaultServer:
    """See the module.

    Attributes:
        clock: The server's time.
        skew: Seconds by which the server's clock is ahead of the client's.
        run_seconds: How long a run takes.
        status_at_end: How a run ends that is not cancelled.
        error: Why, if it fails.
        requests: Every request that was read.
        runs: Every run that exists, by id.
        choose: Decides what goes wrong with a request, where no script does.
        result_of: The result of a run on a url.
        unread: How many of the next connections are reset when a request has come, before it is read.
        on_create: Called with the runs that a request has created.
        before_hold: Called before an answer is held. By a fake clock, time must not move on before the client
            has noted that its request is on the way.
    """

    clock: Clock = SYSTEM_CLOCK
    skew: float = 0.0
    run_seconds: float = 3.0
    status_at_end: str = "COMPLETED"
    error: Json | None = None
    requests: list[Request] = field(default_factory=list[Request])
    runs: dict[str, StoredRun] = field(default_factory=dict[str, StoredRun])
    sessions: list[Json] = field(default_factory=list[Json])
    choose: Callable[[Request], Fault] | None = None
    unread: int = 0
    before_hold: Callable[[], object] = lambda: None
    on_create: Callable[[list[StoredRun]], object] = lambda _: None
    result_of: Callable[[str], Json | None] = lambda url: {"url": url}
    connections: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._scripts: dict[str, deque[Fault]] = {}
        self._over = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    # What tests say and ask

    def script(self, operation: str, *faults: Fault) -> None:
        """What goes wrong with the next requests of an operation: run, queue, stream, batch, list, get, ..."""
        self._scripts.setdefault(operation, deque()).extend(faults)

    def add_run(
        self,
        goal: str,
        *,
        url: str = "https://elsewhere.example",
        starter: str = "stranger",
        listed_after: float = 0.0,
        age: float = 0.0,
        **more: Any,
    ) -> StoredRun:
        """Make a run; by default one of somebody else."""
        with self._lock:
            created = self.now() - age
            run = StoredRun(
                run_id=f"run-{next(_numbers):06d}",
                goal=goal,
                url=url,
                starter=starter,
                created=created,
                listed=created + listed_after,
                ends=created + self.run_seconds,
                status_at_end=self.status_at_end,
                result=self.result_of(url),
                error=self.error,
            )
            for name, value in more.items():
                setattr(run, name, value)
            self.runs[run.run_id] = run
            return run

    def started(self, url: str | None = None) -> list[StoredRun]:
        """The runs that clients started, all or those of one url."""
        with self._lock:
            return [
                run
                for run in self.runs.values()
                if run.starter != "stranger" and (url is None or run.url == url)
            ]

    def asked(self, operation: str) -> list[Request]:
        """The requests of an operation that came."""
        with self._lock:
            return [request for request in self.requests if request.operation == operation]

    def status(self, run_id: str) -> str:
        """Where a run stands."""
        run = self.runs[run_id]
        if run.cancelled is not None:
            return "CANCELLED"
        return run.status_at_end if self.now() >= run.ends else "RUNNING"

    def now(self) -> float:
        """The server's time, seconds since the epoch."""
        return self.clock.wall() + self.skew

    # The server

    def __enter__(self) -> FaultServer:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self._over.set()
        with self._lock:
            sockets, threads = list(self._sockets), list(self._threads)
        for connection in sockets:
            _shut(connection)
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()

    def refuse(self) -> None:
        """Refuse all connections from now on."""
        _shut(self._listener)
        self._listener.close()

    def _spawn(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        with self._lock:
            self._threads = [other for other in self._threads if other.is_alive()]
            # Started under the lock: a thread in the list has always been started.
            thread.start()
            self._threads.append(thread)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets.add(connection)
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.unread:
                self.unread -= 1
                select.select([connection], [], [], 20)
                _reset(connection)
                return
            while not self._over.is_set():
                request = self._read(connection)
                if request is None or not self._answer(connection, request):
                    break
        except OSError:
            pass
        finally:
            with self._lock:
                self._sockets.discard(connection)
            connection.close()

    def _read(self, connection: socket.socket) -> Request | None:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            chunk = connection.recv(65536)
            if not chunk:
                return None
            body += chunk
        parts = urlsplit(target)
        request = Request(
            operation=operation_of(method, parts.path),
            path=parts.path,
            query={name: values[0] for name, values in parse_qs(parts.query).items()},
            body=json.loads(body) if body else {},
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
        fault = self._fault(request)
        created: list[StoredRun] = []
        if request.operation in STARTS.values() and fault.create:
            created = [
                self.add_run(
                    item["goal"],
                    url=item["url"],
                    starter=request.operation,
                    listed_after=fault.listed_after,
                )
                for item in request.items
            ]
            self.on_create(created)
        if fault.hold:
            self.before_hold()
            self._pass(fault.hold)
        if request.operation == "stream" and fault.answer is None and fault.cut is None:
            self._stream(connection, created[0] if created else None, fault)
        else:
            answer = self._right_answer(request, created, fault)
            if fault.answer is not None:
                answer = fault.answer([self.document(run) for run in created])
            connection.sendall(answer[: fault.cut])
        return self._finish(connection, fault.then)

    def _finish(self, connection: socket.socket, then: Then) -> bool:
        if then is Then.RESET:
            _reset(connection)
        if then is Then.STALL:
            while not self._over.is_set() and not select.select([connection], [], [], 0.2)[0]:
                pass
        return then is Then.KEEP

    def _pass(self, seconds: float) -> None:
        if seconds > 0:
            self.clock.sleep(seconds, self._over)

    def _wait_for_end(self, run: StoredRun) -> None:
        while not self._over.is_set() and run.cancelled is None and self.now() < run.ends:
            self._pass(min(0.5, run.ends - self.now()))

    def _stream(self, connection: socket.socket, run: StoredRun | None, fault: Fault) -> None:
        connection.sendall(
            _head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", **self._date()})
        )
        makers = [] if run is None else _events(self, run, fault.without_result)
        for make in makers[: fault.events]:
            connection.sendall(_chunk(_frame(make())))
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
                answer = self._list(request.query)
            case "get":
                run = self._find(request.path.split("/")[3])
                answer = None if run is None else self.document(run)
            case "cancel":
                run = self._find(request.path.split("/")[3])
                answer = None if run is None else self._cancel(run, effective=fault.create)
            case "get_many" | "cancel_many":
                ids = request.body["run_ids"]
                found = [run for run in map(self._find, ids) if run is not None]
                known = {run.run_id for run in found}
                missing = [run_id for run_id in ids if run_id not in known] or None
                if request.operation == "get_many":
                    answer = {"data": [self.document(run) for run in found], "not_found": missing}
                else:
                    results = [self._cancel(run, effective=fault.create) for run in found]
                    answer = {"results": results, "not_found": missing}
            case "session":
                session = {"session_id": f"br-{next(_numbers)}", "cdp_url": "wss://s.example/cdp"}
                answer = {**session, "base_url": "https://s.example"}
                if fault.create:
                    self.sessions.append(
                        {
                            **session,
                            "url": request.body.get("url"),
                            "start_time": _stamp(self.now()),
                            "status": "running",
                        }
                    )
                return http(201, json.dumps(answer).encode(), **self._date())
            case "usage":
                answer = {"items": self.sessions, "total": len(self.sessions), "limit": 100, "page": 1}
                answer |= {"total_pages": 1, "has_more": False}
            case _:
                answer = None
        if answer is None:
            body = {"error": {"code": "NOT_FOUND", "message": "No such thing"}}
            return http(404, json.dumps(body).encode(), **self._date())
        return http(200, json.dumps(answer).encode(), **self._date())

    def document(self, run: StoredRun) -> Json:
        """A run, as the API tells it."""
        status = self.status(run.run_id)
        over = status != "RUNNING"
        done = run.steps if over else 1
        return {
            "run_id": run.run_id,
            "status": status,
            "goal": run.goal,
            "created_at": _stamp(run.created),
            "started_at": _stamp(run.created),
            "finished_at": _stamp(run.ends if run.cancelled is None else run.cancelled) if over else None,
            "num_of_steps": done,
            "result": run.result if status == "COMPLETED" else None,
            "schema_validation": None,
            "error": (run.error or {"message": "It broke"}) if status == "FAILED" else None,
            "streaming_url": None if over else f"https://live.example/{run.run_id}",
            "browser_config": None,
            "video_url": None,
            "steps": [
                {
                    "id": f"{run.run_id}-{n}",
                    "timestamp": _stamp(run.created + n + 1),
                    "status": "COMPLETED",
                    "action": f"Step {n}",
                    "screenshot": None,
                    "duration": "1s",
                }
                for n in range(done)
            ],
        }

    def _find(self, run_id: str) -> StoredRun | None:
        run = self.runs.get(run_id)
        return None if run is None or self.now() < run.unknown_until else run

    def _cancel(self, run: StoredRun, *, effective: bool) -> Json:
        with self._lock:
            if effective and self.status(run.run_id) == "RUNNING":
                run.cancelled = self.now()
        status = self.status(run.run_id)
        at = None if run.cancelled is None else _stamp(run.cancelled)
        return {"run_id": run.run_id, "status": status, "cancelled_at": at, "message": None}

    def _list(self, query: dict[str, str]) -> Json:
        with self._lock:
            runs = [run for run in self.runs.values() if run.listed <= self.now()]
        if "goal" in query:
            runs = [run for run in runs if query["goal"].lower() in run.goal.lower()]
        if "created_after" in query:
            after = datetime.fromisoformat(query["created_after"]).timestamp()
            runs = [run for run in runs if run.created > after]
        runs.sort(key=lambda run: run.created, reverse=query.get("sort_direction", "desc") == "desc")
        start, size = int(query.get("cursor", 0)), int(query.get("limit", 20))
        rest = len(runs) - start - size
        documents = [self.document(run) for run in runs[start : start + size]]
        for document in documents:
            del document["steps"], document["video_url"]
        pagination = {"total": len(runs), "has_more": rest > 0}
        return {
            "data": documents,
            "pagination": {**pagination, "next_cursor": str(start + size) if rest > 0 else None},
        }

    def _date(self) -> dict[str, str]:
        return {"Date": formatdate(self.now(), usegmt=True)}


def _events(server: FaultServer, run: StoredRun, without_result: bool) -> list[Callable[[], Json]]:
    """What makes each event of a run's stream, when its turn comes."""

    def event(kind: str, **more: Any) -> Json:
        return {"type": kind, "run_id": run.run_id, "timestamp": _stamp(server.now()), **more}

    def complete() -> Json:
        server._wait_for_end(run)
        document = server.document(run)
        result = {} if without_result else {"result": document["result"]}
        error = None if without_result else document["error"]
        return event("COMPLETE", status=document["status"], error=error, **result)

    return [
        lambda: event("STARTED"),
        lambda: event("STREAMING_URL", streaming_url=f"https://live.example/{run.run_id}"),
        lambda: event("PROGRESS", purpose="Look around"),
        lambda: {"type": "HEARTBEAT", "timestamp": _stamp(server.now())},
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


def http(status: int, body: bytes, content_type: str = "application/json", **headers: str) -> bytes:
    """A whole answer; `Retry_After` is the header `Retry-After`."""
    fields = {"Content-Type": content_type, "Content-Length": str(len(body))}
    return _head(status, fields | {name.replace("_", "-"): value for name, value in headers.items()}) + body


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _frame(event: Json) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
