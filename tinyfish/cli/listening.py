"""The server of `tinyfish webhooks listen`."""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import threading
from collections.abc import Generator, Iterable
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any, Final, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
from attrs import frozen

from tinyfish._core import checks
from tinyfish.errors import SDKError, WebhookError
from tinyfish.webhooks import AnyEvent, RunEvent, unwrap
from tinyfish.webhooks.answers import (
    ACCEPTED,
    NOT_NOW,
    UNKNOWN,
    Door,
    Secrets,
    WebhookAnswer,
    length_in,
    secret_in,
)
from tinyfish.webhooks.shells import Environ, StartResponse, wsgi

_MAX_BODY_BYTES: Final = 10 * 1024 * 1024
# The sender waits as long as this.
_FORWARD_SECONDS: Final = 10.0
# Of what is still to be shown. Whoever finds the port can send requests that are refused.
_MOST_WAITING: Final = 1000
_MOST_REFUSED: Final = 100
# By which repeats are known.
_MOST_KEYS: Final = 10_000


@frozen(kw_only=True)
class Arrival:
    """A webhook that arrived.

    Attributes:
        event: What it tells.
        at: When.
        is_repeated: Whether the same event has arrived before.
        forwarded: The status of the program that it was sent on to, or why it couldn't be; None without one.
    """

    event: AnyEvent[Any]
    at: datetime
    is_repeated: bool
    forwarded: int | str | None

    def to_dict(self) -> dict[str, Any]:
        """It as JSON."""
        run = self.event.run if isinstance(self.event, RunEvent) else None
        result: Any = None
        error: Any = None
        if run is not None:
            error = run.error
            try:
                result = run.value if run.ok else run.result
            except SDKError as mismatch:  # it isn't of the form in --returns
                result, error = run.result, str(mismatch)
        return {
            "received_at": self.at.isoformat(),
            "event": self.event.event,
            "key": self.event.key,
            "run_id": None if run is None else run.run_id,
            "status": None if run is None else run.status,
            "result": result,
            "error": error,
            "repeated": self.is_repeated,
            "forwarded": self.forwarded,
            "message": self.event.document,
        }


class _Requests(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the line would have the secret."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Listener:
    """Takes webhooks, and sends them on.

    Args:
        host: The address to listen at.
        port: The port; 0 for any free one.
        forward: Where to send them on to; None for nowhere.
        returns: The type of results; None for none.

    Raises:
        OSError: The port can't be used.
        InvalidArgumentError: `forward` isn't a URL.
    """

    def __init__(self, host: str, port: int, forward: str | None, returns: Any) -> None:
        self._forward = None if forward is None else checks.absolute_url("--forward", forward)
        self._returns = returns
        self._secrets = Secrets(os.environ.get("TINYFISH_WEBHOOK_SECRET") or secrets.token_urlsafe(24))
        self.door = Door(secrets=self._secrets, max_body_bytes=_MAX_BODY_BYTES)
        self._arrived: queue.Queue[Arrival | str] = queue.Queue(_MOST_WAITING)
        self._keys: dict[str, None] = {}
        self._lock = threading.Lock()
        self._server = make_server(host, port, self._serve, _Server, _Requests)
        self.address: Final = f"http://{f'[{host}]' if ':' in host else host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    def url(self, base_url: str) -> str:
        """The URL for `webhook_url=`."""
        return self._secrets.written_into(base_url)

    def arrivals(self) -> Generator[Arrival | str]:
        """The webhooks as they arrive, until Ctrl-C; a text for what was refused."""
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                with contextlib.suppress(queue.Empty):
                    yield self._arrived.get(timeout=1)  # on Windows, Ctrl-C doesn't interrupt a longer wait

    def receive_sync(self, body: bytes, *, secret: str) -> WebhookAnswer:
        """Take one; the answer is that of the program that it's sent on to."""
        try:
            event = unwrap(body, returns=self._returns)
        except WebhookError as error:
            self._refused(f"Refused with 400: {error.message}")
            return WebhookAnswer(400, error.message)
        if self._arrived.full():
            return NOT_NOW
        forwarded, answer = self._sent_on(body)
        with self._lock:
            is_repeated = event.key in self._keys
            self._keys[event.key] = None
            if len(self._keys) > _MOST_KEYS:
                del self._keys[next(iter(self._keys))]
        self._arrived.put(
            Arrival(event=event, at=datetime.now(UTC), is_repeated=is_repeated, forwarded=forwarded)
        )
        return answer

    def _refused(self, reason: str) -> None:
        if self._arrived.qsize() < _MOST_REFUSED:
            self._arrived.put(reason)

    def _sent_on(self, body: bytes) -> tuple[int | str | None, WebhookAnswer]:
        if self._forward is None:
            return None, ACCEPTED
        headers = {"Content-Type": "application/json"}
        try:
            with httpx.Client(timeout=_FORWARD_SECONDS, trust_env=False) as http:
                status = http.post(self._forward, content=body, headers=headers).status_code
        except httpx.HTTPError as error:
            return type(error).__name__, WebhookAnswer(
                502, "the program that it is forwarded to did not answer"
            )
        return status, WebhookAnswer(status, "forwarded")

    def _serve(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        refusal = self.door.refusal(
            environ["REQUEST_METHOD"],
            secret_in(environ.get("QUERY_STRING", "")),
            length_in(environ.get("CONTENT_LENGTH") or ""),
        )
        if refusal is not None:
            reason = "the secret of the URL is wrong or missing" if refusal is UNKNOWN else refusal.text
            self._refused(f"Refused with {refusal.status}: {reason}")
        return wsgi(self, environ, start_response)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
