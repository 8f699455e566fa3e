"""`tinyfish.webhooks.WebhookReceiver`."""

from __future__ import annotations

import functools
import os
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar, Unpack, overload

from tinyfish import models
from tinyfish._core import checks
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.calls.executor import Executor
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.constructors import checks_names
from tinyfish._core.log import logger
from tinyfish._core.no_copy import Live
from tinyfish._core.requests.run_lookups import run_id_of, wanted_of
from tinyfish._core.signatures import explicit
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish.async_client import AsyncTinyFish
from tinyfish.client import TinyFish
from tinyfish.errors import InvalidArgumentTypeError, LedgerError
from tinyfish.ledger import Ledger
from tinyfish.ledger.book import origin_of
from tinyfish.ledger.deliveries import Delivery
from tinyfish.models import Run
from tinyfish.models.outcome import V, with_wanted
from tinyfish.models.returns import ReadOptions, Wanted, check_unread, read_options
from tinyfish.webhooks import shells
from tinyfish.webhooks.answers import ACCEPTED, NOT_NOW, Door, Secrets, WebhookAnswer, end_of
from tinyfish.webhooks.async_handling import AsyncHandling
from tinyfish.webhooks.bodies import Read, read_up_to
from tinyfish.webhooks.events import AnyEvent
from tinyfish.webhooks.handling import Handling
from tinyfish.webhooks.intake import Intake
from tinyfish.webhooks.records import LedgerRecords, MemoryRecords, Records
from tinyfish.webhooks.repeats import Repeats
from tinyfish.webhooks.waiters import Waiters
from tinyfish.webhooks.workers import LoopWorkers, ThreadWorkers, Workers

T = TypeVar("T")

_VARIABLE: Final = "TINYFISH_WEBHOOK_SECRET"
_MAX_BODY_BYTES: Final = 10 * 1024 * 1024
# A webhook is usually there first; this is for one that never comes, or goes to another process.
_POLL_SECONDS: Final = 30.0
_CLOSING_SECONDS: Final = 10.0


@checks_names
class WebhookReceiver(Live, Generic[V]):
    """Receives webhooks, believes nothing in them, and tells each event once.

    TinyFish doesn't sign webhooks. So the receiver's URL has a secret, and before it calls `on_event`, it reads the run
    from the API: the event has the run as the API shows it, whatever the message says.

    It answers before that, as soon as the event is recorded: in the ledger, if there is one. Then all processes of the
    machine together handle it once, and after a crash the next process that starts does. Without a ledger, this process
    remembers the last 10,000 events.

    The receiver is an ASGI application, `receiver.wsgi` a WSGI application, and `receive` is for all other servers.

    Args:
        client: The client that reads the runs. With `TinyFish`, events are handled in threads, with `AsyncTinyFish` in
            the server's event loop.
        secret: What the URLs have as their secret, or several: the first is written into URLs, the others are accepted
            too. Default: the variable TINYFISH_WEBHOOK_SECRET, else a random one, which no other process accepts.
        on_event: Called with each event, in a thread. With `AsyncTinyFish` it can be a coroutine function. If it
            raises, that is logged, and it's called again after a pause of 1 second, then 2, up to 5 minutes. Default:
            nothing is called, and `wait` is what you use.
        returns: The type of the runs' results, for `event.run.value`. Default: none.
        ledger: The file, or the `Ledger`, that remembers the events. Default: the client's.
        max_body_bytes: How large a message can be; a larger one is answered with 413. Default: 10 MiB.
        **reading: How to read the results, if `returns` is given: `strict` and the others in `ReadOptions`.

    Raises:
        TypeError: An argument has the wrong type; `ValueError` if it has a wrong value.

    Example:
        >>> from tinyfish import TinyFish
        >>> from tinyfish.webhooks import WebhookReceiver
        >>> with TinyFish() as client, WebhookReceiver(client, secret="a long random text") as receiver:
        ...     print(receiver.url("https://hooks.example/tinyfish"))
        https://hooks.example/tinyfish?secret=a+long+random+text
    """

    @overload
    def __init__(
        self: WebhookReceiver[dict[str, Any] | None],
        client: TinyFish | AsyncTinyFish,
        *,
        secret: str | Sequence[str] | None = None,
        on_event: Callable[[AnyEvent[dict[str, Any] | None]], object | Awaitable[object]] | None = None,
        returns: None = None,
        ledger: str | os.PathLike[str] | Ledger | None = None,
        max_body_bytes: int = _MAX_BODY_BYTES,
        **reading: Unpack[ReadOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: WebhookReceiver[T],
        client: TinyFish | AsyncTinyFish,
        *,
        secret: str | Sequence[str] | None = None,
        on_event: Callable[[AnyEvent[T]], object | Awaitable[object]] | None = None,
        returns: type[T],
        ledger: str | os.PathLike[str] | Ledger | None = None,
        max_body_bytes: int = _MAX_BODY_BYTES,
        **reading: Unpack[ReadOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: WebhookReceiver[Any],
        client: TinyFish | AsyncTinyFish,
        *,
        secret: str | Sequence[str] | None = None,
        on_event: Callable[[AnyEvent[Any]], object | Awaitable[object]] | None = None,
        returns: Any,
        ledger: str | os.PathLike[str] | Ledger | None = None,
        max_body_bytes: int = _MAX_BODY_BYTES,
        **reading: Unpack[ReadOptions],
    ) -> None: ...
    @explicit(ReadOptions)
    def __init__(
        self,
        client: TinyFish | AsyncTinyFish,
        *,
        secret: str | Iterable[str] | None = None,
        on_event: Callable[[AnyEvent[Any]], object | Awaitable[object]] | None = None,
        returns: Any = None,
        ledger: str | os.PathLike[str] | Ledger | None = None,
        max_body_bytes: int = _MAX_BODY_BYTES,
        **reading: Unpack[ReadOptions],
    ) -> None:
        self._client = client
        if secret is None:
            secret = os.environ.get(_VARIABLE) or secrets.token_urlsafe(32)
        self._secrets, secret = Secrets(secret), None  # so that no traceback with local variables shows it
        executor = getattr(client, "_executor", None)
        if not isinstance(executor, Executor | AsyncExecutor):
            raise InvalidArgumentTypeError(
                f"client must be a TinyFish or an AsyncTinyFish, not {type(client).__name__}."
            )
        checks.callback("on_event", on_event, may_be_async=executor.awaits_callbacks)
        options = read_options(reading)
        if returns is None:
            check_unread(options)
        self._wanted = None if returns is None else Wanted[Any](returns, options)
        self._door = Door(
            secrets=self._secrets, max_body_bytes=checks.integer(1)("max_body_bytes", max_body_bytes)
        )
        self._executor = executor
        self._ledger: Ledger | None = executor.config.ledger if ledger is None else _opened(ledger)
        self._owns_ledger = ledger is not None and not isinstance(ledger, Ledger)
        records = _records(self._ledger, executor)
        self._intake = Intake(records, functools.partial(_workers, executor, records, on_event, self._wanted))
        self._workers = self._intake.workers
        self._is_closed = False

    @property
    def door(self) -> Door:
        """Whom it lets in; for the other modules of this package."""
        return self._door

    def url(self, base_url: str) -> str:
        """The URL for `webhook_url=`, with the secret in its query. Treat it like a password.

        Args:
            base_url: Where the receiver is served: an https URL; http only for this machine, for a sandbox.

        Raises:
            InvalidArgumentError: The API wouldn't accept the URL.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> WebhookReceiver(TinyFish(), secret="4711").url("https://hooks.example/tinyfish")
            'https://hooks.example/tinyfish?secret=4711'
        """
        return self._secrets.written_into(base_url)

    # Receiving

    async def __call__(self, scope: shells.Scope, receive: shells.Receive, send: shells.Send) -> None:
        """Serve one connection, as an ASGI application: `app.mount("/webhooks", receiver)`, `uvicorn.run(receiver)`."""
        await shells.asgi(self, scope, receive, send)

    def wsgi(self, environ: shells.Environ, start_response: shells.StartResponse) -> Iterable[bytes]:
        """Serve one request, as a WSGI application.

        Args:
            environ: The request.
            start_response: What begins the response.

        Example:
            >>> from wsgiref.simple_server import make_server
            >>> from tinyfish import TinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> make_server("127.0.0.1", 0, WebhookReceiver(TinyFish()).wsgi).server_close()
        """
        return shells.wsgi(self, environ, start_response)

    async def receive(
        self, body: bytes | str | Read, *, secret: str | None, method: str = "POST"
    ) -> WebhookAnswer:
        """Take a webhook from any server, in an event loop, and return the answer to send.

        Args:
            body: The body of the request, as it arrived; or the function that reads it, such as `request.stream.read`
                in Flask and `request.read` in Django: it's called only if the secret is right, and for no more bytes
                than `max_body_bytes` and one.
            secret: The parameter `secret` of its URL; None if it has none.
            method: Its method.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         receiver = WebhookReceiver(client, secret="4711")
            ...         answer = await receiver.receive(b"{}", secret="guessed")
            ...         print(answer.status, answer.text)
            >>> asyncio.run(main())
            404 not found
        """
        delivery = self._delivery(body, secret, method)
        if isinstance(delivery, WebhookAnswer):
            return delivery
        try:
            if not self._intake.has_resumed:
                await self._intake.resume()
            await self._intake.take(delivery)
        except LedgerError as error:
            return _not_now(error)
        return ACCEPTED

    def receive_sync(
        self, body: bytes | str | Read, *, secret: str | None, method: str = "POST"
    ) -> WebhookAnswer:
        """Take a webhook from any server, in a thread, and return the answer to send.

        Args:
            body: The body of the request, as it arrived; or the function that reads it, such as `request.stream.read`
                in Flask and `request.read` in Django: it's called only if the secret is right, and for no more bytes
                than `max_body_bytes` and one.
            secret: The parameter `secret` of its URL; None if it has none.
            method: Its method.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> with TinyFish() as client:
            ...     answer = WebhookReceiver(client, secret="4711").receive_sync(b"{}", secret="4711")
            ...     print(answer.status)
            400
        """
        delivery = self._delivery(body, secret, method)
        if isinstance(delivery, WebhookAnswer):
            return delivery
        try:
            if not self._intake.has_resumed:
                self._intake.resume_sync()
            self._intake.take_sync(delivery)
        except LedgerError as error:
            return _not_now(error)
        return ACCEPTED

    def _delivery(
        self, body: bytes | str | Read, secret: str | None, method: str
    ) -> Delivery | WebhookAnswer:
        refusal = self._door.refusal(method, secret or "")
        if refusal is not None:
            return refusal
        if self._is_closed:
            return NOT_NOW
        if isinstance(body, str):
            body = body.encode(errors="replace")
        elif not isinstance(body, bytes):
            body = read_up_to(body, self._door.max_body_bytes + 1)
        return self._door.delivery_in(body)

    # What is left

    async def resume(self) -> int:
        """Begin to handle what was received and hasn't been handled: because a process died, or `on_event` raised.

        An ASGI server that serves the receiver by itself does this when it starts, and so does an `async with` block;
        otherwise it's done when the first webhook arrives. Returns how many events that are.

        Raises:
            LedgerError: The ledger can't be used.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         print(await WebhookReceiver(client).resume())
            >>> asyncio.run(main())
            0
        """
        return await self._intake.resume()

    def resume_sync(self) -> int:
        """The same as `resume`, in a thread.

        Raises:
            LedgerError: The ledger can't be used.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> with TinyFish() as client:
            ...     print(WebhookReceiver(client).resume_sync())
            0
        """
        return self._intake.resume_sync()

    async def catch_up(self, run: models.RunOrId) -> None:
        """Begin to handle the end of a run whose webhook may be lost, unless it was handled before.

        TinyFish gives up after four attempts within seconds. `client.reconcile()` finds the runs that have ended since.

        Args:
            run: The run, which has ended, or its id.

        Raises:
            LedgerError: The ledger can't be used.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> async def main() -> None:
            ...     async with AsyncTinyFish(ledger="runs.db") as client, WebhookReceiver(client) as receiver:
            ...         for entry in await client.reconcile():
            ...             if entry.run_id is not None and entry.is_finished:
            ...                 await receiver.catch_up(entry.run_id)
            >>> asyncio.run(main())
        """
        await self._intake.take(end_of(run_id_of(run)))

    def catch_up_sync(self, run: models.RunOrId) -> None:
        """The same as `catch_up`, in a thread.

        Args:
            run: The run, which has ended, or its id.

        Raises:
            LedgerError: The ledger can't be used.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> with TinyFish(ledger="runs.db") as client, WebhookReceiver(client) as receiver:
            ...     for entry in client.reconcile():
            ...         if entry.run_id is not None and entry.is_finished:
            ...             receiver.catch_up_sync(entry.run_id)
        """
        self._intake.take_sync(end_of(run_id_of(run)))

    # Waiting

    @overload
    async def wait(
        self,
        run: models.AgentRunAsyncResponse[T] | Run[T],
        *,
        returns: None = None,
        timeout: Timeout = NOT_GIVEN,
        poll_interval: float = _POLL_SECONDS,
    ) -> Run[T]: ...
    @overload
    async def wait(
        self,
        run: models.RunOrId,
        *,
        returns: type[T],
        timeout: Timeout = NOT_GIVEN,
        poll_interval: float = _POLL_SECONDS,
    ) -> Run[T]: ...
    @overload
    async def wait(
        self,
        run: str | models.RunRef,
        *,
        returns: None = None,
        timeout: Timeout = NOT_GIVEN,
        poll_interval: float = _POLL_SECONDS,
    ) -> Run[V]: ...
    async def wait(
        self,
        run: models.RunOrId,
        *,
        returns: Any = None,
        timeout: Timeout = NOT_GIVEN,
        poll_interval: float = _POLL_SECONDS,
    ) -> Run[Any]:
        """Wait for a run to end, successfully or not: until its webhook arrives, or a poll shows its end.

        Args:
            run: The run, its id, or the response of `agent.queue`.
            returns: The type of the result. Default: the one that the run was started with, else the receiver's.
            timeout: Seconds to wait; None for no limit. Default: the client's.
            poll_interval: Seconds between polls, in case that no webhook arrives here. Default: 30.

        Raises:
            WaitTimeoutError: The run didn't end in time.
            NotFoundError: The run doesn't exist.
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client, WebhookReceiver(client) as receiver:
            ...         url = receiver.url("https://hooks.example/tinyfish")
            ...         queued = await client.agent.queue(
            ...             goal="Read the title", url="https://example.com", webhook_url=url
            ...         )
            ...         print((await receiver.wait(queued, poll_interval=1)).status)
            >>> asyncio.run(main())
            COMPLETED
        """
        wait, wanted = self._wait(run, returns, timeout, poll_interval)
        return with_wanted(await self._workers.wait_async(wait), wanted)

    @overload
    def wait_sync(
        self,
        run: models.AgentRunAsyncResponse[T] | Run[T],
        *,
        returns: None = None,
        timeout: Timeout = NOT_GIVEN,
        poll_interval: float = _POLL_SECONDS,
    ) -> Run[T]: ...
    @overload
    def wait_sync(
        self,
        run: models.RunOrId,
        *,
        returns: type[T],
        timeout: Timeout = NOT_GIVEN,
        poll_interval: float = _POLL_SECONDS,
    ) -> Run[T]: ...
    @overload
    def wait_sync(
        self,
        run: str | models.RunRef,
        *,
        returns: None = None,
        timeout: Timeout = NOT_GIVEN,
        poll_interval: float = _POLL_SECONDS,
    ) -> Run[V]: ...
    def wait_sync(
        self,
        run: models.RunOrId,
        *,
        returns: Any = None,
        timeout: Timeout = NOT_GIVEN,
        poll_interval: float = _POLL_SECONDS,
    ) -> Run[Any]:
        """The same as `wait`, in a thread.

        Args:
            run: The run, its id, or the response of `agent.queue`.
            returns: The type of the result. Default: the one that the run was started with, else the receiver's.
            timeout: Seconds to wait; None for no limit. Default: the client's.
            poll_interval: Seconds between polls, in case that no webhook arrives here. Default: 30.

        Raises:
            WaitTimeoutError: The run didn't end in time.
            NotFoundError: The run doesn't exist.
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> with TinyFish() as client, WebhookReceiver(client) as receiver:
            ...     url = receiver.url("https://hooks.example/tinyfish")
            ...     queued = client.agent.queue(goal="Read the title", url="https://example.com", webhook_url=url)
            ...     print(receiver.wait_sync(queued, poll_interval=1).status)
            COMPLETED
        """
        wait, wanted = self._wait(run, returns, timeout, poll_interval)
        return with_wanted(self._workers.wait(wait), wanted)

    def _wait(
        self, run: models.RunOrId, returns: Any, timeout: Timeout, poll_interval: float
    ) -> tuple[Wait, Wanted[Any] | None]:
        given = None if returns is None else Wanted[Any](returns, {})
        seconds = self._executor.options(timeout, None).timeout
        interval = checks.interval("poll_interval", poll_interval)
        wait = Wait(run_id_of(run), self._executor.clock, self._executor.listeners, seconds, interval)
        return wait, wanted_of(run, given, {}) or self._wanted

    # The end

    async def aclose(self) -> None:
        """Accept nothing more, and give what is being handled 10 seconds. The client stays open. Idempotent.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> asyncio.run(WebhookReceiver(AsyncTinyFish()).aclose())
        """
        self._is_closed = True
        self._intake.repeats.close()
        await self._workers.finish_async(_CLOSING_SECONDS)
        self._release()

    def close(self) -> None:
        """The same as `aclose`, in a thread.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.webhooks import WebhookReceiver
            >>> WebhookReceiver(TinyFish()).close()
        """
        self._is_closed = True
        self._intake.repeats.close()
        self._workers.finish(_CLOSING_SECONDS)
        self._release()

    def _release(self) -> None:
        self._workers.close()
        if self._owns_ledger and self._ledger is not None:
            self._ledger.close()

    async def __aenter__(self) -> Self:
        await self.resume()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __enter__(self) -> Self:
        self.resume_sync()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        ledger = getattr(self, "_ledger", None)  # none while the constructor is at work, or has failed
        return f"{type(self).__name__}({self._client!r}, ledger={ledger!r})"


def _opened(ledger: str | os.PathLike[str] | Ledger) -> Ledger:
    return ledger if isinstance(ledger, Ledger) else Ledger(ledger)


def _records(ledger: Ledger | None, executor: Executor | AsyncExecutor) -> Records:
    if ledger is None:
        return MemoryRecords()
    return LedgerRecords(ledger, origin_of(executor.config.url("agent", "/")), executor.clock)


def _workers(
    executor: Executor | AsyncExecutor,
    records: Records,
    on_event: Callable[[AnyEvent[Any]], object] | None,
    wanted: Wanted[Any] | None,
    repeats: Repeats,
) -> Workers:
    waiters = Waiters()
    if isinstance(executor, AsyncExecutor):
        return LoopWorkers(
            AsyncHandling(
                executor=executor, records=records, waiters=waiters, on_event=on_event, wanted=wanted
            ),
            repeats,
        )
    return ThreadWorkers(
        Handling(executor=executor, records=records, waiters=waiters, on_event=on_event, wanted=wanted),
        repeats,
    )


def _not_now(error: LedgerError) -> WebhookAnswer:
    logger.warning("A webhook couldn't be recorded: %s The sender repeats it.", error)
    return NOT_NOW
