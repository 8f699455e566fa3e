"""The sandbox as people use it."""

import os
import secrets
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

import anyio

from tinyfish.sandbox import webhooks
from tinyfish.sandbox.addresses import is_loopback
from tinyfish.sandbox.browser.usage import SessionRecord
from tinyfish.sandbox.errors import InvalidInputError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.loop_thread import LoopThread
from tinyfish.sandbox.recorder import RecordedRequest
from tinyfish.sandbox.script.faults import FaultOptions
from tinyfish.sandbox.script.files import Script, load
from tinyfish.sandbox.script.rules import RuleOptions
from tinyfish.sandbox.server import Options, Server
from tinyfish.sandbox.store import RunRecord

T = TypeVar("T")

# Seconds between two looks at a sandbox that is starting or stopping.
_LOOK_INTERVAL = 0.005


class Sandbox:
    """A local server of the TinyFish API.

    It serves this machine only, from a thread of its own. Use it as a context manager, with `with` or
    `async with`, or call `start` and `stop`:

        with Sandbox() as sandbox:
            client = TinyFish(api_key=sandbox.api_key, base_url=sandbox.url)

    Args:
        port: The port; 0 takes a free one.
        host: The loopback address to listen on: "127.0.0.1", "::1" or "localhost".
        api_key: The key that calls must carry; by default a random one, since other users of this machine reach the
            port too.
        database: The SQLite file that keeps the runs, for its owner's eyes only; by default they are kept in memory.
        concurrency: How many runs are worked on at a time; the others wait as PENDING.
        step_delay: Seconds that every step of a run takes at least, so that there is something to watch.
        page_timeout: Seconds that a page may take to load.
        tabs: How many pages are open in the agent's browser at a time.
        chromium: The Chromium to use, as a path or a program's name. None looks for one: in the variable
            TINYFISH_SANDBOX_CHROMIUM, on PATH, and in the usual places. False uses none.
        max_sessions: How many browser sessions may be open at a time.
        max_session_seconds: After how many seconds without a command a session ends at the latest.
        session_latency: Seconds that the creation of a session takes at least.
        rules: A file of rules and faults, in YAML or JSON, as `on` and `fault` take them.
        heartbeat_interval: Seconds of silence after which an event stream says HEARTBEAT.
        webhook_delays: Seconds to wait before each repetition of a failed webhook.
        unmatched: What to do with a run that no rule is for: "read" has the agent read its page, "fail" fails it with
            an error that says which rules there are.

    Raises:
        ValueError: `host` is not a loopback address, `unmatched` is neither of the two, `api_key` is empty, or the
            file of rules holds something else.
        OSError: The file of rules cannot be read.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        api_key: str | None = None,
        database: str = ":memory:",
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
    ) -> None:
        if not is_loopback(host):
            raise ValueError(f"A sandbox serves this machine only: {host!r} is not a loopback address")
        if unmatched not in ("read", "fail"):
            raise ValueError(f'unmatched must be "read" or "fail", not {unmatched!r}')
        if api_key == "":
            raise ValueError("api_key must not be empty; leave it out for a random one")
        self._options = Options(
            port=port,
            host="127.0.0.1" if host == "localhost" else host,
            api_key=f"sandbox-{secrets.token_urlsafe(24)}" if api_key is None else api_key,
            database=database,
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
            webhook_delays=tuple(webhook_delays),
            unmatched=unmatched,
        )
        self._running: tuple[LoopThread, Server, str] | None = None

    @property
    def api_key(self) -> str:
        """The key that calls must carry."""
        return self._options.api_key

    @property
    def url(self) -> str:
        """The base URL for clients, such as http://127.0.0.1:8787.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        return self._started()[2]

    @property
    def requests(self) -> list[RecordedRequest]:
        """The calls it has got, oldest first, without their secrets; at most the last 10,000."""
        return self._ask(lambda server: server.recorder.all())

    @property
    def runs(self) -> list[RunRecord]:
        """All its runs, oldest first, as they are now."""
        return self._ask(lambda server: server.store.all())

    @property
    def sessions(self) -> list[SessionRecord]:
        """All its browser sessions, oldest first, as they are now."""
        return self._ask(lambda server: server.session_store.all())

    def start(self) -> Self:
        """Begin to serve.

        Raises:
            RuntimeError: It is running already.
            OSError: The port is taken.
            sqlite3.Error: The database cannot be used.
        """
        with self._starting() as starting:
            starting.result()
        return self

    def stop(self) -> None:
        """End all runs and sessions and stop serving; a sandbox that is not running is left as it is."""
        with self._stopping() as stopping:
            stopping.result()

    def on(self, **options: Unpack[RuleOptions]) -> None:
        """Set what runs return, in place of the agent.

        Of several rules that fit a run, the most specific one is for it: a whole goal or url counts more than a
        pattern, a pattern more than none. Of equals, the first that was set.

        Args:
            **options: The rule, of JSON values, which are copied:
                goal: Which runs: the whole goal, in any case, where * stands for anything ("*headlines*"); or a
                    compiled pattern, or {"regex": ...}, to be found in it. Without, any goal.
                url: Which runs, by their url, in the same way.
                result: What they return; by default nothing.
                error: They fail: a message, or a whole RunError with message, code, category and so on.
                steps: How many steps they take; by default as many as `progress` has texts.
                progress: What the first steps say.
                latency: Seconds that they take.
                hangs: Whether they never end of themselves.
                cancel: What a cancellation does: "cancelled" ends them, for "finished" it comes just too late and
                    the run ends as the rule says, "refused" answers with 500.
                times: For how many runs it is; by default for all.

        Raises:
            ValueError: It is not the form of a rule, holds what is no JSON, says nothing of its runs, or contradicts
                itself.
        """
        self._ask(lambda server: _written(server.rules.add, options))

    def fault(self, operation: str, **options: Unpack[FaultOptions]) -> None:
        """Let calls go wrong.

        Args:
            operation: The operationId of the calls, such as "streamRun", or "*" for all. Former names work too.
            **options: When it comes about, and what it is:
                times: How often at most; by default always.
                every: Only at each so many-th call.
                probability: With which chance, from 0 to 1.
                seed: What the chances come from; the same seed gives the same faults.
                when: "before" (the default) the operation is done, or "after" it, when a run has been created: for
                    delay, cut and status.
                delay: Seconds to wait.
                cut: Whether the connection is cut without an answer.
                status: The status to answer with, in the API's envelope.
                code, message, details: What the envelope says.
                body: Another body than the envelope: JSON, or a text that is sent as it is.
                html: Whether the body is a page, as a proxy would send it.
                retry_after: The Retry-After header: seconds or a date.
                cut_after: Cut an event stream after so many events; heartbeats are not counted.
                stall_after: Let it fall silent instead, heartbeats too, until the client leaves.
                malformed_after: Send a broken event there.
                framing: How events are framed, oddly but rightly: "crlf", "cr", "no-space", "event-lines", "ids",
                    "comments", "multiline", "bom", "bytewise"; "unterminated" loses the last one.
                old_names: Write events as the API did before: runId, streamingUrl and resultJson; "string" has the
                    result as JSON in a string.
                hide_new: For how many seconds a listing of runs does not know a new one.
                bytes_per_second: How fast the answer comes.

        Raises:
            ValueError: It is not the form of a fault, holds what is no JSON, does nothing, or contradicts itself.
        """
        given: JsonObject = {"operation": operation, **options}
        self._ask(lambda server: _written(server.faults.add, given))

    def reset(self) -> None:
        """Forget all runs, sessions, calls, rules and faults, as if it had just been started."""
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
        # Also when the block was cancelled: nothing may be left running.
        with anyio.CancelScope(shield=True), self._stopping() as stopping:
            await _outcome(stopping)

    @contextmanager
    def _starting(self) -> Generator[Future[tuple[Server, str]], None, None]:
        """The start, to be waited for in the block."""
        if self._running is not None:
            raise RuntimeError("The sandbox is running already")
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
        """The stop, to be waited for in the block."""
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
            raise RuntimeError("The sandbox is not running: use `with Sandbox() as sandbox:` or start()")
        return self._running

    def _ask(self, question: Callable[[Server], T]) -> T:
        thread, server, _ = self._started()

        async def answer() -> T:
            return question(server)

        return thread.run(answer())


def _written(add: Callable[[Mapping[str, Any]], None], given: Mapping[str, Any]) -> None:
    """Add a rule or a fault; what is wrong with it is an error of the caller's."""
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
    while not future.done():  # noqa: ASYNC110 - no event of a loop can be set from another loop's thread
        await anyio.sleep(_LOOK_INTERVAL)
    return future.result()
