"""The sandbox's public class."""

import os
import secrets
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from decimal import Decimal
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

import anyio

from tinyfish._core.constructors import checks_names
from tinyfish.sandbox import webhooks
from tinyfish.sandbox.browser.usage import SessionRecord
from tinyfish.sandbox.errors import InvalidInputError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.loop_thread import LoopThread
from tinyfish.sandbox.options import Options
from tinyfish.sandbox.recorder import RecordedRequest
from tinyfish.sandbox.script.faults import FaultOptions
from tinyfish.sandbox.script.files import Script, load
from tinyfish.sandbox.script.rules import RuleOptions
from tinyfish.sandbox.server import Server
from tinyfish.sandbox.store import RunRecord

T = TypeVar("T")

# Seconds between two checks of a sandbox that is starting or stopping.
_LOOK_INTERVAL = 0.005


@checks_names
class Sandbox:
    """A local server for the TinyFish API.

    It serves only this machine, from its own thread. Use it as a context manager, with `with` or `async with`, or call
    `start` and `stop`:

        with Sandbox() as sandbox:
            client = TinyFish(api_key=sandbox.api_key, base_url=sandbox.url)

    Args:
        port: The port; 0 for any free port.
        host: The loopback address to listen on: "127.0.0.1", "::1" or "localhost".
        api_key: The API key for calls. Default: a random one, because other users of this machine can reach the port
            too.
        database: The SQLite file for the runs; only its owner can read it. Default: runs are kept in memory.
        concurrency: How many runs are executed at a time; the others wait as PENDING.
        step_delay: The minimum time of each step of a run in seconds, so that you can watch it.
        page_timeout: The time limit for loading a page in seconds.
        tabs: How many pages can be open in the agent's browser at a time.
        chromium: The Chromium to use, as a path or a program's name. None looks for one: in the variable
            TINYFISH_SANDBOX_CHROMIUM, on PATH, and in the usual places. False uses none.
        max_sessions: How many browser sessions can be open at a time.
        max_session_seconds: The longest time without a command, in seconds, after which a session ends.
        session_latency: The minimum time to create a session in seconds.
        rules: A YAML or JSON file with rules and faults, in the form that `on` and `fault` take.
        heartbeat_interval: Seconds of silence after which an event stream sends a HEARTBEAT.
        webhook_delays: Seconds to wait before each retry of a failed webhook.
        unmatched: What to do with a run that matches no rule: "read" lets the agent read its page, "fail" fails it
            with an error that lists the rules.
        balance: The opening balance of the account's wallet in US dollars. What is used counts it down, also below
            zero. An empty wallet rejects what costs money. None for an account on a plan without a wallet.

    Raises:
        ValueError: `host` isn't a loopback address, `unmatched` has another value, `api_key` is empty, a number is out
            of range, or the rules file is invalid; `TypeError` if an argument has the wrong type.
        OSError: The rules file can't be read.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        api_key: str | None = None,
        database: str | os.PathLike[str] = ":memory:",
        concurrency: int = 500,
        step_delay: float = 0.0,
        page_timeout: float = 30.0,
        tabs: int = 6,
        chromium: str | os.PathLike[str] | Literal[False] | None = None,
        max_sessions: int = 10,
        max_session_seconds: float = 3600.0,
        session_latency: float = 0.0,
        rules: str | os.PathLike[str] | None = None,
        heartbeat_interval: float = 5.0,
        webhook_delays: Sequence[float] = webhooks.DELAYS,
        unmatched: Literal["read", "fail"] = "read",
        balance: Decimal | int | str | None = Decimal("100.00"),
    ) -> None:
        if api_key == "":
            raise ValueError("api_key must not be empty; omit it for a random one")
        self._options = Options(
            port=port,
            host="127.0.0.1" if host == "localhost" else host,
            api_key=f"sandbox-{secrets.token_urlsafe(24)}" if api_key is None else api_key,
            database=os.fspath(database) if isinstance(database, os.PathLike) else database,
            concurrency=concurrency,
            step_delay=step_delay,
            page_timeout=page_timeout,
            tabs=tabs,
            chromium=chromium,
            max_sessions=max_sessions,
            max_session_seconds=max_session_seconds,
            session_latency=session_latency,
            script=Script() if rules is None else load(rules),
            heartbeat_interval=heartbeat_interval,
            webhook_delays=webhook_delays,
            unmatched=unmatched,
            balance=balance,
        )
        self._running: tuple[LoopThread, Server, str] | None = None

    @property
    def api_key(self) -> str:
        """The API key for calls."""
        return self._options.api_key

    @property
    def url(self) -> str:
        """The base URL for clients, such as http://127.0.0.1:8787.

        Raises:
            RuntimeError: The sandbox isn't running.
        """
        return self._started()[2]

    @property
    def environment(self) -> dict[str, str]:
        """The variables TINYFISH_API_KEY and TINYFISH_BASE_URL, for code that creates its own client.

        For example, `subprocess.run(command, env=os.environ | sandbox.environment)`, or
        `unittest.mock.patch.dict(os.environ, sandbox.environment)`.

        Raises:
            RuntimeError: The sandbox isn't running.
        """
        return {"TINYFISH_API_KEY": self.api_key, "TINYFISH_BASE_URL": self.url}

    @property
    def requests(self) -> list[RecordedRequest]:
        """The calls that it received, oldest first, without secrets; at most the last 10,000."""
        return self._ask(lambda server: server.recorder.all())

    @property
    def runs(self) -> list[RunRecord]:
        """All runs in their current state, oldest first."""
        return self._ask(lambda server: server.store.all())

    @property
    def sessions(self) -> list[SessionRecord]:
        """All browser sessions in their current state, oldest first."""
        return self._ask(lambda server: server.session_store.all())

    def start(self) -> Self:
        """Start serving.

        Raises:
            RuntimeError: It's already running.
            OSError: The port is taken.
            sqlite3.Error: The database can't be used.
        """
        with self._starting() as starting:
            starting.result()
        return self

    def stop(self) -> None:
        """End all runs and sessions and stop serving. Does nothing if the sandbox isn't running."""
        with self._stopping() as stopping:
            stopping.result()

    def on(self, **options: Unpack[RuleOptions]) -> None:
        """Set what runs return, instead of using the agent, or what another product does.

        If several rules match, the most specific one applies: an exact text is more specific than a pattern, and a
        pattern more than nothing. If they are equally specific, the first one applies.

        Args:
            **options: The rule, as JSON values, which are copied:
                product: What it is for: "agent" (the default), "research", "search", "fetch", "datasets", "monitors",
                    "profiles", "vault" or "wallet". Each has its own options of those below; docs/sandbox.md has a
                    table.
                goal: Which runs, by goal: the full goal, ignoring case, where * matches anything ("*headlines*"); or a
                    compiled pattern or {"regex": ...} to search for. Default: any goal.
                url: Which runs, fetches or monitors, by url, in the same form. Default: any url.
                query: Which searches, research runs or monitors, by query, in the same form.
                prompt: Which datasets, by prompt, or by description without one, in the same form.
                name: Which profiles or monitors, by name, in the same form.
                provider: Which vaults, by provider, in the same form.
                result: The result of runs, or the report of research runs. Default: none.
                citations: The addresses of the sources of such a report.
                error: The error that they fail with. Runs, research and datasets: a message, or an object with
                    message, code, category and so on. Pages and monitors: a word such as "timeout", or an object with
                    error and status. Other calls: an object with status, and code, message and details if wanted.
                refusal: The error with which the API refuses to start runs or research runs: an object with status,
                    and code, message and details if wanted.
                steps: The number of steps of runs. Default: the number of texts in `progress`.
                progress: The texts of the first steps.
                latency: How long it takes in seconds.
                hangs: Whether it never ends on its own: runs, research and datasets.
                cancel: What a cancellation of runs does: "cancelled" ends them; "finished" means that it comes just
                    too late, and the run ends as the rule says; "refused" returns 500.
                results: What searches, and monitors that search, find.
                html: The markup of a page, for fetches and for monitors that fetch.
                page: Fields of the page, which win over those from `html`.
                spec: The plan of a dataset.
                rows: The rows of a dataset, by the names of its columns.
                events: The events of a dataset's run instead, as the stream sends them, without status and done.
                saved: Fields of what the set-up of a profile saves.
                items: What is in a vault.
                wallet: Fields of the wallet.
                times: How many times it applies. Default: always.

        Raises:
            ValueError: The rule has an invalid form, contains something that isn't JSON, does nothing, or contradicts
                itself.
        """
        self._ask(lambda server: _written(server.rules.add, options))

    def fault(self, operation: str, **options: Unpack[FaultOptions]) -> None:
        """Make calls go wrong.

        Args:
            operation: The operationId of the calls, such as "streamRun", or "*" for all. Former names work too. For
                "runFinished", each attempt to deliver a webhook counts as a call; "*" doesn't include it.
            **options: When the fault occurs, and what it does:
                times: How often at most. Default: always.
                every: Only at every n-th call.
                probability: The probability, from 0 to 1.
                seed: The seed of the random numbers; the same seed gives the same faults.
                when: "before" (the default) or "after" the operation, when a run has been created. For delay, cut and
                    status.
                delay: Seconds to wait.
                cut: Whether to cut the connection without a response.
                status: The status to return, in the API's error envelope.
                code, message, details: The envelope's content.
                body: A body instead of the envelope: JSON, or a text that is sent unchanged.
                html: Whether the body is an HTML page, like a proxy's.
                retry_after: The Retry-After header: seconds or a date.
                cut_after: Cut an event stream after this many events, not counting heartbeats.
                stall_after: Stall it instead, including heartbeats, until the client disconnects.
                malformed_after: Send a malformed event after this many events.
                framing: An unusual but valid framing of events: "crlf", "cr", "no-space", "event-lines", "ids",
                    "comments", "multiline", "bom", "bytewise"; "unterminated" loses the last one.
                old_names: Send events with the API's former field names: runId, streamingUrl and resultJson; "string"
                    sends the result as JSON in a string.
                hide_new: For how many seconds lists omit what is new.
                bytes_per_second: The speed of the response.
                copies: With "runFinished", the webhook: how many times it's delivered, at the same time.
                out_of_order: With "runFinished": deliver it after the next one, or after this many seconds.

        Raises:
            ValueError: The fault has an invalid form, contains something that isn't JSON, does nothing, or contradicts
                itself.
        """
        given: JsonObject = {"operation": operation, **options}
        self._ask(lambda server: _written(server.faults.add, given))

    def add_page(self, url: str, html: str, *, date: str | None = None) -> None:
        """Set what a web page is, without a site: a fetch gets it, and a search finds it.

        Pages that runs and fetches have read are found anyway.

        Args:
            url: Its address.
            html: Its markup.
            date: The day it was published, as YYYY-MM-DD. Default: today.
        """
        self._ask(lambda server: server.pages.give(url, html, date))

    @property
    def checks(self) -> list[dict[str, Any]]:
        """All checks that monitors have made, oldest first, each with its `monitor_id`."""
        return self._ask(lambda server: server.monitors.checks())

    def advance(self, seconds: float) -> None:
        """Let time pass for the schedules of monitors: the checks of that time are made now.

        Args:
            seconds: How much time passes.
        """
        thread, server, _ = self._started()
        thread.run(server.monitors.advance(seconds))

    def reset(self) -> None:
        """Delete all runs, sessions, calls, pages, rules and faults, as if it had just been started."""
        thread, server, _ = self._started()
        thread.run(server.reset())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        with self._starting() as starting:
            await _outcome(starting)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Even if the block was cancelled: nothing must be left running.
        with anyio.CancelScope(shield=True), self._stopping() as stopping:
            await _outcome(stopping)

    @contextmanager
    def _starting(self) -> Generator[Future[tuple[Server, str]], None, None]:
        """Start it; for `async with`."""
        if self._running is not None:
            raise RuntimeError("The sandbox is already running")
        thread = LoopThread("tinyfish-sandbox")
        try:
            starting = thread.submit(_serve(self._options))
            yield starting
            self._running = (thread, *starting.result())
        except BaseException:
            thread.close()
            raise

    @contextmanager
    def _stopping(self) -> Generator[Future[None], None, None]:
        """Stop it; for `async with`."""
        if self._running is None:
            stopped: Future[None] = Future()
            stopped.set_result(None)
            yield stopped
            return
        (thread, server, _), self._running = self._running, None
        try:
            yield thread.submit(server.stop())
        finally:
            thread.close()

    def _started(self) -> tuple[LoopThread, Server, str]:
        if self._running is None:
            raise RuntimeError("The sandbox isn't running: use `with Sandbox() as sandbox:`, or call start()")
        return self._running

    def _ask(self, question: Callable[[Server], T]) -> T:
        thread, server, _ = self._started()

        async def answer() -> T:
            return question(server)

        return thread.run(answer())


def _written(add: Callable[[Mapping[str, Any]], None], given: Mapping[str, Any]) -> None:
    """Add a rule or a fault; an invalid one raises a ValueError."""
    try:
        add(given)
    except InvalidInputError as error:
        raise ValueError(error.message) from None


async def _serve(options: Options) -> tuple[Server, str]:
    server = Server(options)
    try:
        return server, await server.start()
    except BaseException:
        await server.stop()
        raise


async def _outcome(future: Future[T]) -> T:
    """Wait in any kind of event loop, without a thread that would outlive the wait."""
    while not future.done():  # noqa: ASYNC110 - an event can't be set from another event loop's thread
        await anyio.sleep(_LOOK_INTERVAL)
    return future.result()
